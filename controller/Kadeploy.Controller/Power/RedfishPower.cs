using System.Collections.Concurrent;

namespace Kadeploy.Controller.Power;

/// <summary>
/// Power over Redfish (DMTF DSP0266; schema ComputerSystem): <c>PowerState</c>, <c>ComputerSystem.Reset</c> and <c>BootSourceOverride*</c> of the one
/// system that the service has.
/// </summary>
internal sealed class RedfishPower(RedfishClient client, TimeProvider time) : IPowerDriver
{
    private static readonly TimeSpan StatePause = TimeSpan.FromSeconds(1);

    // Where a BMC's system is does not change while it lives; asked again when it is gone.
    private readonly ConcurrentDictionary<string, string> _systems = new(StringComparer.Ordinal);

    public async Task<PowerOutcome> RunAsync(PowerTarget target, PowerCommand command, bool uefi, CancellationToken cancellationToken)
    {
        try
        {
            var talk = new Conversation(this, target, cancellationToken);
            return command switch
            {
                PowerCommand.Status => new PowerOutcome((await talk.SystemAsync()).IsOn, null),
                PowerCommand.On => await talk.ToAsync(on: true),
                PowerCommand.Off => await talk.ToAsync(on: false),
                PowerCommand.SoftOff => await talk.SoftOffAsync(),
                PowerCommand.Cycle => await talk.AgainAsync("PowerCycle"),
                PowerCommand.Reset => await talk.AgainAsync("ForceRestart", "PowerCycle"),
                PowerCommand.BootPxe => await talk.BootAsync("Pxe", uefi),
                PowerCommand.BootDisk => await talk.BootAsync("Hdd", uefi),
                _ => throw new ArgumentOutOfRangeException(nameof(command)),
            };
        }
        catch (RedfishRefusedException e)
        {
            return PowerOutcome.Failed(e.Reason, $"the BMC of {target.Node.Name}: {e.Message}");
        }
    }

    private sealed class Conversation(RedfishPower owner, PowerTarget target, CancellationToken cancellationToken)
    {
        private readonly string _key = $"{target.Node.Bmc!.Host}:{target.Node.Bmc.Port}";

        public async Task<RedfishSystem> SystemAsync()
        {
            if (!owner._systems.TryGetValue(_key, out var path))
                owner._systems[_key] = path = RedfishSystem.OnlyMember(await owner.Client.GetAsync(target, "/redfish/v1/Systems", cancellationToken));
            try
            {
                return RedfishSystem.Read(path, await owner.Client.GetAsync(target, path, cancellationToken));
            }
            catch (RedfishRefusedException)
            {
                owner._systems.TryRemove(_key, out _);
                throw;
            }
        }

        public async Task<PowerOutcome> ToAsync(bool on)
        {
            var system = await SystemAsync();
            if (system.IsOn == on)
                return new PowerOutcome(on, null);
            await ResetAsync(system, on ? "On" : "ForceOff");
            return await BecomesAsync(on);
        }

        public async Task<PowerOutcome> SoftOffAsync()
        {
            var system = await SystemAsync();
            if (system.IsOn)
                await ResetAsync(system, "GracefulShutdown");
            return new PowerOutcome(null, null);
        }

        /// <summary>The first kind of restart that the system has; off and on again when it has none; on when it is off.</summary>
        public async Task<PowerOutcome> AgainAsync(params string[] kinds)
        {
            var system = await SystemAsync();
            if (!system.IsOn)
                return await ToAsync(on: true);
            if (kinds.FirstOrDefault(system.Allows) is { } kind)
            {
                await ResetAsync(system, kind);
                return new PowerOutcome(true, null);
            }
            var off = await ToAsync(on: false);
            return off.Failure is null ? await ToAsync(on: true) : off;
        }

        public async Task<PowerOutcome> BootAsync(string device, bool uefi)
        {
            var system = await SystemAsync();
            await owner.Client.PatchAsync(target, system.Path, system.ETag, system.BootOnceBody(device, uefi), cancellationToken);
            return new PowerOutcome(null, null);
        }

        private Task ResetAsync(RedfishSystem system, string kind) =>
            owner.Client.PostAsync(target, system.ResetTarget, $$"""{"ResetType":"{{kind}}"}""", cancellationToken);

        private async Task<PowerOutcome> BecomesAsync(bool on)
        {
            for (var since = owner.Time.GetTimestamp(); owner.Time.GetElapsedTime(since) < owner.Client.Patience;)
            {
                if ((await SystemAsync()).IsOn == on)
                    return new PowerOutcome(on, null);
                await Task.Delay(StatePause, owner.Time, cancellationToken);
            }
            return PowerOutcome.Failed("power-unchanged", $"the BMC of {target.Node.Name} accepted the command, but {target.Node.Name} is still {(on ? "off" : "on")}");
        }
    }

    private RedfishClient Client => client;

    private TimeProvider Time => time;
}
