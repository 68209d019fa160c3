using System.Net;
using Kadeploy.Controller.Agents;

namespace Kadeploy.Controller.Tests.Agents;

public sealed class AgentSessionsTests
{
    private const string Mac = "52:54:00:00:00:01";
    private readonly AgentSessions _sessions = new();

    [Fact]
    public async Task Attach_AcceptedWhileItWasGreeted_SaysAsWhichNode()
    {
        await AcceptAsync();
        using var session = Session("");

        Assert.Equal("node-7", _sessions.Attach(session));
        await AcceptAsync();

        Assert.Same(session, _sessions.OfNode("node-7"));
        Assert.True(session.Outgoing.TryRead(out var message));
        Assert.Equal(("node-7", "a secret"), (message.Welcome.Node, message.Welcome.SessionSecret));
    }

    [Fact]
    public async Task Attach_OfAKnownNodeOrOnceMore_SaysNothing()
    {
        await AcceptAsync();
        using var known = Session("node-7");
        using var later = Session("");

        Assert.Null(_sessions.Attach(known));
        Assert.Null(_sessions.Attach(later));
    }

    [Fact]
    public async Task Attach_AcceptedAfterIt_SaysNothing()
    {
        using var session = Session("");
        Assert.Null(_sessions.Attach(session));
        await AcceptAsync();
        using var redial = Session("");
        Assert.Null(_sessions.Attach(redial));
    }

    private Task AcceptAsync() => _sessions.AcceptAsync(Mac, "node-7", _ => Task.FromResult("a secret"));

    private static AgentSession Session(string node) => new(new AgentIdentity(node, Mac, "boot", "", ""), IPAddress.Loopback, 1, DateTimeOffset.UnixEpoch);
}
