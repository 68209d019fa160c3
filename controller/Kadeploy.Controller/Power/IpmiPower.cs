using Kadeploy.Controller.Configuration;
using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Controller.Power;

/// <summary>Power over IPMI; a power state is believed when it was read back.</summary>
internal sealed class IpmiPower(IpmiConfiguration configuration, IpmiTool tool, TimeProvider time) : IPowerDriver
{
    private static readonly TimeSpan StatePause = TimeSpan.FromMilliseconds(500);

    public async Task<PowerOutcome> RunAsync(PowerTarget target, PowerCommand command, bool uefi, CancellationToken cancellationToken)
    {
        var talk = new Conversation(this, target.Node.Name, target.Node.Bmc!, target.Password, cancellationToken);
        return command switch
        {
            PowerCommand.Status => await talk.StatusAsync(),
            PowerCommand.On => await talk.ToAsync(on: true, "on"),
            PowerCommand.Off => await talk.ToAsync(on: false, "off"),
            PowerCommand.SoftOff => await talk.SayAsync("power", "soft"),
            PowerCommand.Cycle => await talk.AgainAsync("cycle"),
            PowerCommand.Reset => await talk.AgainAsync("reset"),
            // The flag says which kind of boot; without it a UEFI machine may start its legacy one (IPMI 2.0, table 28-14, parameter 5).
            PowerCommand.BootPxe => await talk.SayAsync(uefi ? ["bootdev", "pxe", "options=efiboot"] : ["bootdev", "pxe"]),
            PowerCommand.BootDisk => await talk.SayAsync(uefi ? ["bootdev", "disk", "options=efiboot"] : ["bootdev", "disk"]),
            _ => throw new ArgumentOutOfRangeException(nameof(command)),
        };
    }

    private sealed class Conversation(IpmiPower owner, string node, BmcAddress bmc, string password, CancellationToken cancellationToken)
    {
        public async Task<PowerOutcome> SayAsync(params string[] command)
        {
            var (_, failure) = await owner.Tool.ChassisAsync(node, bmc, password, command, cancellationToken);
            return failure ?? new PowerOutcome(null, null);
        }

        public async Task<PowerOutcome> StatusAsync()
        {
            var (output, failure) = await owner.Tool.ChassisAsync(node, bmc, password, ["power", "status"], cancellationToken);
            if (failure is not null)
                return failure;
            return output.Contains("Power is on", StringComparison.Ordinal) ? new PowerOutcome(true, null)
                : output.Contains("Power is off", StringComparison.Ordinal) ? new PowerOutcome(false, null)
                : PowerOutcome.Failed("bmc-refused", $"the BMC of {node} answered '{output.Trim()}' when asked for its power state");
        }

        public async Task<PowerOutcome> ToAsync(bool on, string command)
        {
            var said = await SayAsync("power", command);
            if (said.Failure is not null)
                return said;
            // As long as one command may take: what a BMC has not begun by then it has forgotten.
            for (var since = owner.Time.GetTimestamp(); owner.Time.GetElapsedTime(since) < owner.Patience;)
            {
                var status = await StatusAsync();
                if (status.Failure is not null || status.On == on)
                    return status;
                await Task.Delay(StatePause, owner.Time, cancellationToken);
            }
            return PowerOutcome.Failed("power-unchanged", $"the BMC of {node} accepted 'power {command}', but {node} is still {(on ? "off" : "on")}");
        }

        public async Task<PowerOutcome> AgainAsync(string command)
        {
            var status = await StatusAsync();
            if (status.Failure is not null)
                return status;
            if (status.On == false)
                return await ToAsync(on: true, "on");
            var said = await SayAsync("power", command);
            return said.Failure is not null ? said : new PowerOutcome(true, null);
        }
    }

    private IpmiTool Tool => tool;

    private TimeProvider Time => time;

    private TimeSpan Patience => configuration.Timeout;
}
