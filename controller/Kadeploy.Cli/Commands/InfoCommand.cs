using System.CommandLine;
using Kadeploy.Cli.Output;

namespace Kadeploy.Cli.Commands;

/// <summary>kadeploy info: who answers.</summary>
internal static class InfoCommand
{
    public static Command Create(GlobalOptions global)
    {
        var command = new Command("info", "Say which controller answers, its version and how long it has been up");
        global.Run(command, async (run, cancel) =>
        {
            if (!(await run.Client.InfoAsync(cancel)).TryGet(out var info, out var failure))
                return run.Fail(failure);
            if (run.Json)
                run.Terminal.Json(info, JsonOutput.Indented.ControllerInfo);
            else
            {
                run.Terminal.Out.WriteLine(Printable.Line($"{info.Name} {info.Version} at {run.Client.Settings.Server}, up {Quantity.Duration(info.UptimeSeconds)}"));
                if (info.AgentPin is not null)
                    run.Terminal.Out.WriteLine(Printable.Line($"agents know it by the pin {info.AgentPin}"));
            }
            return ExitCode.Success;
        });
        return command;
    }
}
