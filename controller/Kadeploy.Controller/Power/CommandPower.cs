using System.Globalization;
using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Programs;

namespace Kadeploy.Controller.Power;

/// <summary>
/// Power by a command of the administrator's. It is told what to do by its arguments, in which <c>{command}</c>, <c>{node}</c>, <c>{address}</c>,
/// <c>{cluster}</c>, <c>{bmc}</c> and <c>{user}</c> are put in, and the BMC's password by <c>KADEPLOY_BMC_PASSWORD</c> in its environment. It ends with 0
/// when it has done so, with 3 when it does not know the command, with anything else when it failed; for <c>status</c> it prints <c>on</c> or <c>off</c>.
/// </summary>
internal sealed class CommandPower(TimeProvider time)
{
    private const int NotKnown = 3;
    private static readonly TimeSpan StatePause = TimeSpan.FromSeconds(1);

    /// <summary>Runs a command; the token carries its deadline.</summary>
    public Task<PowerOutcome> RunAsync(PowerCommandLine line, PowerTarget target, PowerCommand command, CancellationToken cancellationToken) =>
        new Conversation(line, target, time, cancellationToken).RunAsync(command);

    private sealed class Conversation(PowerCommandLine line, PowerTarget target, TimeProvider time, CancellationToken cancellationToken)
    {
        public Task<PowerOutcome> RunAsync(PowerCommand command) => command switch
        {
            PowerCommand.Status => StatusAsync(),
            PowerCommand.On => ToAsync(on: true, command),
            PowerCommand.Off => ToAsync(on: false, command),
            PowerCommand.Cycle => AgainAsync(command),
            PowerCommand.Reset => AgainAsync(command),
            _ => SayAsync(command),
        };

        private async Task<PowerOutcome> SayAsync(PowerCommand command) => (await CallAsync(command)).Failure is { } failure ? new PowerOutcome(null, failure) : new PowerOutcome(null, null);

        private async Task<PowerOutcome> StatusAsync()
        {
            var (output, failure, _) = await CallAsync(PowerCommand.Status);
            return failure is not null ? new PowerOutcome(null, failure) : output.Trim().ToUpperInvariant() switch
            {
                "ON" => new PowerOutcome(true, null),
                "OFF" => new PowerOutcome(false, null),
                _ => PowerOutcome.Failed("bmc-refused", $"'{line.Program}' answered '{Short(output)}' when asked for the power state of {target.Node.Name}: on or off is expected"),
            };
        }

        private async Task<PowerOutcome> ToAsync(bool on, PowerCommand command)
        {
            var said = await SayAsync(command);
            if (said.Failure is not null)
                return said;
            // Read back while there is time; a command that does not know how has to be believed.
            while (true)
            {
                var (output, failure, notKnown) = await CallAsync(PowerCommand.Status);
                if (notKnown)
                    return new PowerOutcome(on, null);
                if (failure is not null)
                    return new PowerOutcome(null, failure);
                if (output.Trim().Equals(on ? "on" : "off", StringComparison.OrdinalIgnoreCase))
                    return new PowerOutcome(on, null);
                try
                {
                    await Task.Delay(StatePause, time, cancellationToken);
                }
                catch (OperationCanceledException)
                {
                    return PowerOutcome.Failed("power-unchanged", $"'{line.Program}' accepted '{PowerDesk.WordOf(command)}', but {target.Node.Name} is '{Short(output)}'");
                }
            }
        }

        // Without a command of its own: off, and on again.
        private async Task<PowerOutcome> AgainAsync(PowerCommand command)
        {
            var (_, failure, notKnown) = await CallAsync(command);
            if (!notKnown)
                return failure is null ? new PowerOutcome(true, null) : new PowerOutcome(null, failure);
            var off = await ToAsync(on: false, PowerCommand.Off);
            return off.Failure is null ? await ToAsync(on: true, PowerCommand.On) : off;
        }

        private async Task<(string Output, Kadeploy.Deployments.Engine.Outcome.Failed? Failure, bool NotKnown)> CallAsync(PowerCommand command)
        {
            var arguments = line.ArgumentsFor(PowerDesk.WordOf(command), target.Node);
            var environment = new Dictionary<string, string> { ["KADEPLOY_BMC_PASSWORD"] = target.Password };
            var result = await ProgramRunner.RunAsync(line.Program, arguments, environment, line.Timeout, cancellationToken);
            if (result.Succeeded)
                return (result.Output, null, false);
            var outcome = result switch
            {
                { TimedOut: true } => PowerOutcome.Failed(
                    "bmc-unreachable", string.Create(CultureInfo.InvariantCulture, $"'{line.Program}' was not over after {line.Timeout.TotalSeconds:0} s for {target.Node.Name}")),
                { ExitCode: 127 } => PowerOutcome.Failed("power-command-missing", result.Error),
                _ => PowerOutcome.Failed("bmc-refused", $"'{line.Program}' ended with {result.ExitCode} for '{PowerDesk.WordOf(command)}' of {target.Node.Name}: {result.LastWords}"),
            };
            return ("", outcome.Failure, result is { TimedOut: false, ExitCode: NotKnown });
        }

        private static string Short(string text) => text.Trim() is { Length: > 100 } longer ? longer[..100] + "…" : text.Trim();
    }
}
