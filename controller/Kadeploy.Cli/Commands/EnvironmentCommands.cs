using System.CommandLine;
using Kadeploy.Api.Environments;
using Kadeploy.Cli.Client;
using Kadeploy.Cli.Input;
using Kadeploy.Cli.Output;
using Spectre.Console;

namespace Kadeploy.Cli.Commands;

/// <summary>kadeploy env add, list, show, delete.</summary>
internal static class EnvironmentCommands
{
    public static Command Create(GlobalOptions global) => new("env", "The environments (operating system images): add, list, show, delete")
    {
        Add(global),
        List(global),
        Show(global),
        Delete(global),
    };

    private static Command Add(GlobalOptions global)
    {
        var file = new Argument<string>("FILE") { Description = "Description in YAML, as Kadeploy3 writes it; - is standard input" };
        var image = new Option<string>("--image") { Description = "Image file in place of the description's image.file; a path that the controller can read, or an http(s) address", HelpName = "PATH" };
        var command = new Command("add", "Register an environment: the controller reads its image once and keeps its digest") { file, image };
        global.Run(command, async (run, cancel) =>
        {
            if (!TextInput.Read(run.Get(file), "FILE").TryGet(out var text, out var usage))
                return run.Fail(usage);
            // The controller refuses relative paths: its working directory is not the user's.
            var path = run.Get(image) is not { } given ? null : Uri.TryCreate(given, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" ? given : Path.GetFullPath(given);
            var answer = await RegisterAsync(run, new AddEnvironment(text, path), cancel);
            if (!answer.TryGet(out var environment, out var failure))
                return run.Fail(failure);
            foreach (var warning in environment.Warnings)
                run.Terminal.Warn(warning);
            if (run.Json)
                run.Terminal.Json(environment, JsonOutput.Indented.EnvironmentInfo);
            else
                run.Terminal.Out.WriteLine($"{environment.Owner}/{environment.Name}:{environment.Version} registered: {Quantity.Bytes(environment.Image.Bytes)}, sha256 {environment.Image.Sha256}");
            return ExitCode.Success;
        });
        return command;
    }

    private static async Task<Answer<EnvironmentInfo>> RegisterAsync(Invocation run, AddEnvironment request, CancellationToken cancel)
    {
        var read = "";
        var work = run.Client.AddEnvironmentAsync(
            request, (done, total) => read = total > 0 ? $"{100 * done / total}% of {Quantity.Bytes(total)}, " : $"{Quantity.Bytes(done)}, ", cancel);
        const string Doing = "the controller reads and hashes the image";
        if (!run.Terminal.IsLive || run.Json)
        {
            if (await Task.WhenAny(work, Task.Delay(TimeSpan.FromSeconds(2), cancel)) != work && !run.Json)
                run.Terminal.Out.WriteLine(Doing + "…");
            return await work;
        }

        var began = TimeProvider.System.GetTimestamp();
        return await run.Terminal.Ansi.Status().StartAsync(Doing, async status =>
        {
            while (await Task.WhenAny(work, Task.Delay(TimeSpan.FromMilliseconds(500), cancel)) != work)
                status.Status($"{Doing} ({Volatile.Read(ref read)}{Quantity.Duration(TimeProvider.System.GetElapsedTime(began).TotalSeconds)})");
            return await work;
        });
    }

    private static Command List(GlobalOptions global)
    {
        var name = new Argument<string?>("NAME") { Description = "Only this name", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("list", "List the environments, all versions") { name };
        global.Run(command, async (run, cancel) =>
        {
            if (!(await run.Client.EnvironmentsAsync(run.Parsed.GetValue(name), cancel)).TryGet(out var list, out var failure))
                return run.Fail(failure);
            if (run.Json)
                run.Terminal.Json(list, JsonOutput.Indented.EnvironmentList);
            else if (list.Environments.Count == 0)
                run.Terminal.Out.WriteLine("No environments. Register one: kadeploy env add --help");
            else
                EnvironmentTable.Write(run.Terminal.Out, list.Environments);
            return ExitCode.Success;
        });
        return command;
    }

    private static Command Show(GlobalOptions global)
    {
        var name = NameArgument();
        var command = new Command("show", "Show one environment; the latest version unless one is named") { name };
        global.Run(command, async (run, cancel) =>
        {
            if (!(await FindAsync(run, run.Get(name), cancel)).TryGet(out var found, out var failure))
                return run.Fail(failure);
            if (run.Json)
                run.Terminal.Json(found[0], JsonOutput.Indented.EnvironmentInfo);
            else
                EnvironmentTable.WriteSheet(run.Terminal.Out, found[0]);
            return ExitCode.Success;
        });
        return command;
    }

    private static Command Delete(GlobalOptions global)
    {
        var name = NameArgument();
        var command = new Command("delete", "Forget one version of an environment; the image file stays") { name };
        global.Run(command, async (run, cancel) =>
        {
            if (!(await FindAsync(run, run.Get(name), cancel)).TryGet(out var found, out var failure))
                return run.Fail(failure);
            if (found.Count > 1)
            {
                var versions = string.Join(", ", found.Select(e => $"{e.Owner}/{e.Name}:{e.Version}"));
                return run.Fail(Failure.Usage($"{run.Get(name)} is several versions, say which: {versions}"));
            }

            var e = found[0];
            if (!(await run.Client.DeleteEnvironmentAsync(e.Owner, e.Name, e.Version, cancel)).TryGet(out _, out failure))
                return run.Fail(failure);
            if (!run.Json)
                run.Terminal.Out.WriteLine($"{e.Owner}/{e.Name}:{e.Version} deleted; its image {e.Image.File} was left alone");
            return ExitCode.Success;
        });
        return command;
    }

    private static Argument<string> NameArgument() => new("NAME") { Description = "NAME, NAME:VERSION or OWNER/NAME:VERSION" };

    /// <summary>All versions that the name means; those of two owners are never mixed up.</summary>
    private static async Task<Answer<List<EnvironmentInfo>>> FindAsync(Invocation run, string text, CancellationToken cancel)
    {
        if (!EnvironmentName.Parse(text).TryGet(out var name, out var failure))
            return failure;
        if (!(await run.Client.EnvironmentsAsync(name.Name, cancel)).TryGet(out var list, out failure))
            return failure;
        var found = name.Among(list.Environments);
        if (found.Count == 0)
            return new Failure("unknown-environment", $"there is no environment {text}; 'kadeploy env list' shows those there are");
        var owners = found.Select(e => e.Owner).Distinct().ToList();
        return owners.Count > 1
            ? Failure.Usage($"{text} exists for {string.Join(" and ", owners)}: say OWNER/{name}")
            : found;
    }
}
