using System.CommandLine;
using Kadeploy.Api.Power;
using Kadeploy.Cli.Client;

namespace Kadeploy.Cli.Commands;

/// <summary>kadeploy power on|off|cycle|reset|status. What takes running machines down asks first when it is about several.</summary>
internal static class PowerCommand
{
    public static Command Create(GlobalOptions global)
    {
        var action = new Argument<string>("ACTION") { Description = "on, off, cycle (off and on), reset, or status" };
        action.AcceptOnlyFromAmong("on", "off", "cycle", "reset", "status");
        var level = new Option<string>("-l", "--op-level") { Description = "How hard the first try is: soft (the system is asked to shut down), hard (the default) or very_hard; what fails is tried one level up", HelpName = "LEVEL" };
        level.AcceptOnlyFromAmong("soft", "hard", "very_hard");
        var yes = new Option<bool>("-y", "--yes") { Description = "Do not ask; needed for several nodes when nobody can be asked" };
        var nodes = new NodeOptions();
        var start = new StartOptions();
        var command = new Command("power", "Switch nodes on, off, off and on, reset them, or ask for their power state") { action, level, yes };
        nodes.AddTo(command);
        start.AddTo(command);
        global.Run(command, async (run, cancel) =>
        {
            var what = Enum.Parse<PowerAction>(run.Get(action), ignoreCase: true);
            if (run.Get(level) is not null && what == PowerAction.Status)
                return run.Fail(Failure.Usage("a status has no level"));
            if (!start.Files(run).TryGet(out var files, out var failure) || !nodes.Read(run).TryGet(out var set, out failure))
                return run.Fail(failure);
            if (what is PowerAction.Off or PowerAction.Cycle or PowerAction.Reset && !start.IsPlan(run) && !run.Get(yes)
                && await Confirmation.AskAsync(run, run.Get(action), set, cancel) is { } refused)
                return refused;
            var request = new PowerRequest(set, what, run.Get(level), start.Force(run));
            return await start.RunAsync(
                run, $"power {run.Get(action)} {{id}}: {set}", files, () => run.Client.PowerAsync(request, cancel), () => run.Client.PlanPowerAsync(request, cancel));
        });
        return command;
    }
}
