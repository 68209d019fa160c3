using System.CommandLine;
using System.ComponentModel;
using System.Diagnostics;

namespace Kadeploy.Cli.Commands;

/// <summary>kadeploy config check: on the controller's machine, kadeployd's own judgement of its configuration.</summary>
internal static class ConfigCommand
{
    private const string Controller = "kadeployd";

    public static Command Create()
    {
        var folder = new Option<string>("--config") { Description = "Folder of kadeployd.yaml", HelpName = "DIR", DefaultValueFactory = _ => "/etc/kadeploy" };
        var check = new Command("check", "Read the controller's configuration as kadeployd does, and say whether it is good; run it on the controller's machine") { folder };
        check.SetAction(async (parsed, cancel) =>
        {
            // Beside this program first: the one of the same version.
            var beside = Path.Combine(AppContext.BaseDirectory, Controller);
            try
            {
                using var process = Process.Start(new ProcessStartInfo(File.Exists(beside) ? beside : Controller, ["--config", parsed.GetValue(folder)!, "check"]))!;
                await process.WaitForExitAsync(cancel);
                return process.ExitCode == 0 ? ExitCode.Success : ExitCode.Failure;
            }
            catch (Win32Exception e)
            {
                await Console.Error.WriteLineAsync($"kadeploy: {Controller} cannot be started here: {e.Message}");
                return ExitCode.Failure;
            }
        });
        return new Command("config", "The controller's configuration: check") { check };
    }
}
