using System.CommandLine;
using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Kadeploy.Cli.Client;
using Kadeploy.Cli.Output;

namespace Kadeploy.Cli.Commands;

/// <summary>kadeploy config check: on the controller's machine, kadeployd's own judgement of its configuration.</summary>
internal static class ConfigCommand
{
    private const string Controller = "kadeployd";

    // What kadeployd puts before its own mistakes.
    private const string Prefix = Controller + ": ";

    public static Command Create(GlobalOptions global)
    {
        var folder = new Option<string>("--config") { Description = "Folder of kadeployd.yaml", HelpName = "DIR", DefaultValueFactory = _ => "/etc/kadeploy" };
        var check = new Command("check", "Read the controller's configuration as kadeployd does, and say whether it is good; run it on the controller's machine") { folder };
        check.SetAction(async (parsed, cancel) =>
        {
            var terminal = new Terminal(global.Json(parsed));
            // Beside this program first: the one of the same version.
            var beside = Path.Combine(AppContext.BaseDirectory, Controller);
            var program = File.Exists(beside) ? beside : Controller;
            try
            {
                using var process = Process.Start(new ProcessStartInfo(program, ["--config", parsed.GetValue(folder)!, "check"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
                var (said, mistake) = (process.StandardOutput.ReadToEndAsync(cancel), process.StandardError.ReadToEndAsync(cancel));
                await process.WaitForExitAsync(cancel);
                return process.ExitCode == 0 ? Good(terminal, (await said).Trim(), (await mistake).Trim(), global.Json(parsed)) : terminal.Fail(new Failure("configuration-wrong", Plain(await mistake)));
            }
            catch (Win32Exception)
            {
                return terminal.Fail(Failure.Usage($"there is no {Controller} on this machine, neither beside this program nor in PATH: check the configuration on the controller's machine"));
            }
        });
        return new Command("config", "The controller's configuration: check") { check };
    }

    private static int Good(Terminal terminal, string said, string warnings, bool json)
    {
        if (warnings.Length > 0)
            terminal.Error.WriteLine(warnings);
        terminal.Out.WriteLine(json ? new JsonObject { ["good"] = true, ["detail"] = said }.ToJsonString(JsonOutput.Indented.Options) : said);
        return ExitCode.Success;
    }

    private static string Plain(string mistake) => mistake.Trim() is var text && text.StartsWith(Prefix, StringComparison.Ordinal) ? text[Prefix.Length..] : text;
}
