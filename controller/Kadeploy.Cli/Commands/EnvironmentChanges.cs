using System.CommandLine;
using Kadeploy.Api.Environments;
using Kadeploy.Cli.Client;
using Kadeploy.Cli.Output;

namespace Kadeploy.Cli.Commands;

/// <summary>kadeploy env export, and env set.</summary>
internal static class EnvironmentChanges
{
    public static Command Export(GlobalOptions global)
    {
        var name = EnvironmentCommands.NameArgument();
        var command = new Command("export", "Print the description as it was registered, in YAML or JSON; 'env add' reads back both") { name };
        global.Run(command, async (run, cancel) =>
        {
            if (!(await EnvironmentCommands.FindAsync(run, run.Get(name), cancel)).TryGet(out var found, out var failure)
                || !(await run.Client.ExportEnvironmentAsync(found[0].Owner, found[0].Name, found[0].Version, cancel)).TryGet(out var text, out failure))
                return run.Fail(failure);
            if (run.Json)
                return WriteJson(run, text);
            run.Terminal.Out.Write(text);
            return ExitCode.Success;
        });
        return command;
    }

    private static int WriteJson(Invocation run, string text)
    {
        try
        {
            if (YamlJson.Read(text) is not { } description)
                return run.Fail(Refusals.NotUnderstood(run.Client.Settings, "a description that is none"));
            run.Terminal.Out.WriteLine(description.ToJsonString(JsonOutput.Indented.Options));
            return ExitCode.Success;
        }
        catch (YamlDotNet.Core.YamlException e)
        {
            return run.Fail(Refusals.NotUnderstood(run.Client.Settings, e.Message));
        }
    }

    public static Command Set(GlobalOptions global)
    {
        var name = EnvironmentCommands.NameArgument();
        var visibility = new Option<string>("--visibility") { Description = "private, shared (for others as OWNER/NAME) or public (administrators)", HelpName = "WHO" };
        visibility.AcceptOnlyFromAmong("private", "shared", "public");
        var description = new Option<string>("--description") { Description = "What it is, for a person", HelpName = "TEXT" };
        var add = new Option<string[]>("--tag") { Description = "Add a tag; may be repeated", HelpName = "TAG" };
        var remove = new Option<string[]>("--untag") { Description = "Take a tag away; may be repeated", HelpName = "TAG" };
        var command = new Command("set", "Change what is said about an environment; its image stays what it is") { name, visibility, description, add, remove };
        global.Run(command, async (run, cancel) =>
        {
            if (!(await EnvironmentCommands.FindAsync(run, run.Get(name), cancel)).TryGet(out var found, out var failure))
                return run.Fail(failure);
            var (more, less) = (run.Get(add) ?? [], run.Get(remove) ?? []);
            var it = found[0];
            var tags = more.Length + less.Length == 0 ? null : it.Tags.Concat(more).Except(less, StringComparer.OrdinalIgnoreCase).ToList();
            if (run.Get(visibility) is null && run.Get(description) is null && tags is null)
                return run.Fail(Failure.Usage("say what is to change: --visibility, --description, --tag or --untag"));
            var change = new ChangeEnvironment(run.Get(visibility), run.Get(description), tags);
            if (!(await run.Client.ChangeEnvironmentAsync(it.Owner, it.Name, it.Version, change, cancel)).TryGet(out var changed, out failure))
                return run.Fail(failure);
            if (run.Json)
                run.Terminal.Json(changed, JsonOutput.Indented.EnvironmentInfo);
            else
                EnvironmentTable.WriteSheet(run.Terminal.Out, changed);
            return ExitCode.Success;
        });
        return command;
    }
}
