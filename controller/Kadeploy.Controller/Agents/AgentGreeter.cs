using Kadeploy.Controller.Boot;
using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Nodes;
using Kadeploy.Controller.Storage;
using Kadeploy.Protocol.V1;

namespace Kadeploy.Controller.Agents;

/// <summary>
/// Decides about an agent's Hello: by its secret when it dials again, by its token the first time, as a machine that enrols without either.
/// </summary>
internal sealed class AgentGreeter(
    ControllerConfiguration configuration, ArmingStore armings, AgentSecretStore secrets, MachineStore machines, BootWatch watch)
{
    private const int Protocol = 1;

    public async Task<Greeting> GreetAsync(Hello hello, string address)
    {
        if (hello.Protocol != Protocol)
            return new Greeting.Out("protocol", $"the agent speaks protocol {hello.Protocol}, the controller {Protocol}: build the initramfs anew");
        if (MacAddress.Normalise(hello.Mac) is not { } mac)
            return new Greeting.Out("bad-hello", "mac is no MAC address");
        if (!Guid.TryParse(hello.BootId, out var boot))
            return new Greeting.Out("bad-hello", "boot_id is no boot id");
        var bootId = boot.ToString("D");
        var greeting = await DecideAsync(hello, mac, bootId);
        if (greeting is Greeting.In)
        {
            var inventory = hello.Inventory is null ? null : AgentMapping.ToDomain(hello.Inventory);
            await machines.SeenAsync(mac, address, inventory is { Firmware.Length: > 0 } ? inventory.Firmware : null, inventory);
            watch.Record(mac, address, "its agent enrolled");
        }
        return greeting;
    }

    private async Task<Greeting> DecideAsync(Hello hello, string mac, string bootId)
    {
        if (hello.SessionSecret.Length > 0 && secrets.Match(hello.SessionSecret, mac, bootId) is { } known)
            return new Greeting.In(known, hello.SessionSecret);
        if (hello.Token.Length > 0)
            return await armings.UseAsync(hello.Token, mac) switch
            {
                TokenUse.Accepted use => await LetInAsync(new AgentIdentity(use.Node, mac, bootId, use.Deployment, use.Arming)),
                TokenUse.Refused no => new Greeting.Out(no.Reason, no.Detail),
                _ => throw new InvalidOperationException("a token is accepted or refused"),
            };
        return configuration.AutoEnrol
            ? new Greeting.In(new AgentIdentity("", mac, bootId, "", ""), "")
            : new Greeting.Out("enrolment-off", "machines that nobody registered are not let in (autoEnrol in kadeployd.yaml)");
    }

    private async Task<Greeting> LetInAsync(AgentIdentity identity) => new Greeting.In(identity, await secrets.MakeAsync(identity));
}
