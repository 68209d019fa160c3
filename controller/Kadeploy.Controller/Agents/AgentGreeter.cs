using Kadeploy.Controller.Boot;
using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Nodes;
using Kadeploy.Controller.Storage;
using Kadeploy.Controller.Trust;
using Kadeploy.Protocol.V1;

namespace Kadeploy.Controller.Agents;

/// <summary>
/// Decides about an agent's Hello: by its secret when it dials again, by its token the first time, by its node's lasting token on an installed host,
/// as a machine that enrols without any.
/// </summary>
internal sealed class AgentGreeter(
    ControllerConfiguration configuration, ArmingStore armings, AgentSecretStore secrets, MachineStore machines, BootWatch watch,
    NodeTokenStore nodeTokens, NodeStore nodes, AgentSessions sessions, NodeAddresses elsewhere, Enrolments enrolments)
{
    private const int Protocol = 1;

    /// <summary>Who is let in without being known counts as enrolling, until <see cref="Enrolments.Leave"/>.</summary>
    public async Task<Greeting> GreetAsync(Hello hello, string address)
    {
        if (hello.Protocol != Protocol)
            return new Greeting.Out("protocol", $"the agent speaks protocol {hello.Protocol}, the controller {Protocol}: build the initramfs anew");
        var host = hello.Token.Length > 0 && nodeTokens.Match(hello.Token) is { } name ? nodes.Find(name)?.Node : null;
        if ((host?.Macs[0] ?? MacAddress.Normalise(hello.Mac)) is not { } mac)
            return hello.Mac.Length == 0 && hello.Token.Length > 0
                ? new Greeting.Out("token-unknown", "no node has this token: it was revoked, or a newer one replaced it")
                : new Greeting.Out("bad-hello", "mac is no MAC address");
        if (!Guid.TryParse(hello.BootId, out var boot))
            return new Greeting.Out("bad-hello", "boot_id is no boot id");
        var bootId = boot.ToString("D");
        // Its machine runs the deployment environment: whoever shows the token of the installed system now is somewhere else.
        if (host is not null && sessions.OfNode(host.Name) is { Identity.Deployment.Length: > 0 })
            return new Greeting.Out("node-in-deployment", $"{host.Name} runs the deployment environment");
        var greeting = host is not null
            ? new Greeting.In(new AgentIdentity(host.Name, mac, bootId, "", "") { OnHost = true }, "")
            : await DecideAsync(hello, mac, bootId, address);
        if (greeting is Greeting.In)
        {
            var inventory = hello.Inventory is null ? null : AgentMapping.ToDomain(hello.Inventory);
            await machines.SeenAsync(mac, address, inventory is { Firmware.Length: > 0 } ? inventory.Firmware : null, inventory);
            watch.Record(mac, address, host is null ? "its agent enrolled" : "the agent of its installed system dialled");
        }
        return greeting;
    }

    private async Task<Greeting> DecideAsync(Hello hello, string mac, string bootId, string address)
    {
        var node = nodes.FindByMac(mac)?.Node;
        if (node is not null && elsewhere.IsElsewhere(node, address))
            return new Greeting.Out("other-address", $"{mac} is {node.Name}, which is at {node.Address} and not at {address} (checkAddresses in kadeployd.yaml)");
        if (hello.SessionSecret.Length > 0 && secrets.Match(hello.SessionSecret, mac, bootId) is { } known)
            return new Greeting.In(known, hello.SessionSecret);
        if (hello.Token.Length > 0)
            return await armings.UseAsync(hello.Token, mac, bootId) switch
            {
                TokenUse.Accepted use => await LetInAsync(new AgentIdentity(use.Node, mac, bootId, use.Deployment, use.Arming)),
                TokenUse.Refused no => new Greeting.Out(no.Reason, no.Detail),
                _ => throw new InvalidOperationException("a token is accepted or refused"),
            };
        // Else it would take the place of the node's own agent.
        if (node is not null)
            return new Greeting.Out("token-missing", $"{mac} is {node.Name}: it is let in by the token of its boot only");
        if (!configuration.AutoEnrol)
            return new Greeting.Out("enrolment-off", "machines that nobody registered are not let in (autoEnrol in kadeployd.yaml)");
        return enrolments.Enter(address) is { } tooMany
            ? new Greeting.Out("too-many-enrolments", tooMany)
            : new Greeting.In(new AgentIdentity("", mac, bootId, "", ""), "");
    }

    private async Task<Greeting> LetInAsync(AgentIdentity identity) => new Greeting.In(identity, await secrets.MakeAsync(identity));
}
