using Kadeploy.Controller.Nodes;
using Kadeploy.Controller.Power;
using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Controller.Drivers;

/// <summary><c>power</c>: on, off, cycle, reset or status. On and off are believed when the power was read back.</summary>
internal sealed class PowerSwitch(IPower power, LevelClimb climb, FirmwareKinds firmware, TimeProvider time) : IStepDriver
{
    // A server that saves its work and stops its services; one that has not by then will not.
    private static readonly TimeSpan SoftPatience = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan SoftPause = TimeSpan.FromSeconds(2);

    public Task RunAsync(StepExecution execution, IStepReport report, CancellationToken cancellationToken)
    {
        var action = execution.Arguments.GetValueOrDefault("action", "status");
        if (action == "status")
            return PerNode.RunAsync(execution, report, async (node, token) => ToOutcome(await SayAsync(node, PowerCommand.Status, report, token)));
        var command = action switch { "on" => PowerCommand.On, "off" => PowerCommand.Off, _ => PowerCommand.Cycle };
        return climb.RunAsync(
            execution, report, command, (node, level, token) => AtAsync(node, action, level, report, token), (_, _) => Task.CompletedTask,
            _ => Task.FromResult<Outcome>(PerNode.Done((FactNames.Power, action == "off" ? "off" : "on"))));
    }

    private async Task<Outcome> AtAsync(Node node, string action, string level, IStepReport report, CancellationToken cancellationToken)
    {
        return (action, level) switch
        {
            ("on", "very_hard") => LevelClimb.NotAtThisLevel,
            ("on", _) => ToOutcome(await SayAsync(node, PowerCommand.On, report, cancellationToken)),
            ("off", "soft") => await SoftOffAsync(node, report, cancellationToken),
            ("off", "hard") => ToOutcome(await SayAsync(node, PowerCommand.Off, report, cancellationToken)),
            ("off", _) => LevelClimb.NotAtThisLevel,
            ("reset", "soft") => LevelClimb.NotAtThisLevel,
            ("reset", "hard") => ToOutcome(await SayAsync(node, PowerCommand.Reset, report, cancellationToken)),
            ("cycle", "soft") => await SoftOffAsync(node, report, cancellationToken) is Outcome.Failed refused ? refused : ToOutcome(await SayAsync(node, PowerCommand.On, report, cancellationToken)),
            ("cycle", "hard") => ToOutcome(await SayAsync(node, PowerCommand.Cycle, report, cancellationToken)),
            _ => ToOutcome(await ColdAsync()),
        };

        async Task<PowerOutcome> ColdAsync()
        {
            var off = await SayAsync(node, PowerCommand.Off, report, cancellationToken);
            return off.Failure is not null ? off : await SayAsync(node, PowerCommand.On, report, cancellationToken);
        }
    }

    private Task<PowerOutcome> SayAsync(Node node, PowerCommand command, IStepReport report, CancellationToken cancellationToken)
    {
        report.Progress(node.Name, $"asking its BMC: {command}");
        return power.RunAsync(node, command, firmware.IsUefi(node), cancellationToken);
    }

    private async Task<Outcome> SoftOffAsync(Node node, IStepReport report, CancellationToken cancellationToken)
    {
        var said = await SayAsync(node, PowerCommand.SoftOff, report, cancellationToken);
        if (said.Failure is not null)
            return said.Failure;
        report.Progress(node.Name, "waiting for its system to shut down");
        for (var since = time.GetTimestamp(); time.GetElapsedTime(since) < SoftPatience;)
        {
            var status = await power.RunAsync(node, PowerCommand.Status, firmware.IsUefi(node), cancellationToken);
            if (status.Failure is not null || status.On == false)
                return ToOutcome(status);
            await Task.Delay(SoftPause, time, cancellationToken);
        }
        return new Outcome.Failed(Party.InstalledSystem, "power-unchanged", $"{node.Name} was asked to shut down and is still on after {SoftPatience.TotalSeconds:0} s");
    }

    private static Outcome ToOutcome(PowerOutcome outcome) => outcome.Failure as Outcome
        ?? (outcome.On is { } on ? PerNode.Done((FactNames.Power, on ? "on" : "off")) : Outcome.Done.Plain);
}
