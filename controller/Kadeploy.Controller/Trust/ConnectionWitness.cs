using System.Net;
using Kadeploy.Controller.Api;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Kadeploy.Controller.Trust;

/// <summary>On a connection: how far whoever made it got. Kestrel ends those that speak no TLS, or nothing that it knows, without a word to us.</summary>
internal sealed class ConnectionWitness
{
    public bool HasTls { get; private set; }

    /// <summary>A request for something that is there has come.</summary>
    public bool HasSpoken { get; set; }

    /// <summary>Puts a witness around the listener's TLS, which <paramref name="useTls"/> adds.</summary>
    /// <param name="listen">The listener.</param>
    /// <param name="role">Which one it is.</param>
    /// <param name="refusals">Asked for when there is one to note.</param>
    /// <param name="useTls">Adds TLS.</param>
    public static void Watch(ListenOptions listen, ListenerRole role, Func<Refusals> refusals, Action useTls)
    {
        listen.Use(next => async connection =>
        {
            var witness = new ConnectionWitness();
            connection.Features.Set(witness);
            await next(connection);
            var address = (connection.RemoteEndPoint as IPEndPoint)?.Address.ToString();
            if (!witness.HasTls)
                refusals().Note($"{Name(role)}.connect", "", "no-tls", address, "it did not speak the TLS that is spoken here, or broke it off");
            // A user's client may keep a connection in reserve; an agent has one and says Hello.
            else if (!witness.HasSpoken && role == ListenerRole.Agents)
                refusals().Note($"{Name(role)}.connect", "", "no-hello", address, "it asked for nothing that agents ask for");
        });
        useTls();
        listen.Use(next => connection =>
        {
            connection.Features.Get<ConnectionWitness>()!.HasTls = true;
            return next(connection);
        });
    }

    private static string Name(ListenerRole role) => role.ToString().ToLowerInvariant();
}
