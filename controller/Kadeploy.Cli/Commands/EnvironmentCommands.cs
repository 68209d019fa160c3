using System.CommandLine;
using Kadeploy.Api.Environments;
using Kadeploy.Cli.Client;
using Kadeploy.Cli.Input;
using Kadeploy.Cli.Output;
using Spectre.Console;

namespace Kadeploy.Cli.Commands;

/// <summary>kadeploy env add, list, show, delete; export and set are in <see cref="EnvironmentChanges"/>.</summary>
internal static class EnvironmentCommands
{
    // As long as a deployment looks for a controller that went away.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    public static Command Create(GlobalOptions global) => new("env", "The environments (operating system images): add, list, show, export, set, delete")
    {
        Add(global),
        List(global),
        Show(global),
        EnvironmentChanges.Export(global),
        EnvironmentChanges.Set(global),
        Delete(global),
    };

    private static Command Add(GlobalOptions global)
    {
        var file = new Argument<string>("FILE") { Description = "Description in YAML, as Kadeploy3 writes it; - is standard input" };
        var image = new Option<string>("--image") { Description = "Image file in place of the description's image.file; a path that the controller can read, or an http(s) address", HelpName = "PATH" };
        var upload = new Option<string>("--upload")
        {
            Description = "Image file on this machine, brought to the controller first; goes on where it broke when run again. 'local://PATH' in the description does the same",
            HelpName = "PATH",
        };
        var owner = new Option<string>("-u", "--env-user") { Description = "For whom it is registered (administrators); else for you", HelpName = "USER" };
        var signature = new Option<string>("--signature") { Description = "Signature under the description: FILE.sig as 'ssh-keygen -Y sign -n kadeploy-environment' writes it", HelpName = "FILE" };
        var command = new Command("add", "Register an environment: the controller reads its image once and keeps its digest") { file, image, upload, owner, signature };
        global.Run(command, async (run, cancel) =>
        {
            if (!TextInput.Read(run.Get(file), "FILE").TryGet(out var text, out var usage))
                return run.Fail(usage);
            string? signed = null;
            if (run.Get(signature) is { } sig && !TextInput.Read(sig, "--signature").TryGet(out signed, out usage))
                return run.Fail(usage);
            // The controller refuses relative paths: its working directory is not the user's.
            var path = run.Get(image) is not { } given ? null : Uri.TryCreate(given, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" ? given : Path.GetFullPath(given);
            var answer = await RegisterAsync(run, new AddEnvironment(text, path, run.Get(owner), signed), run.Get(upload), cancel);
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

    /// <summary>The path behind local:// in a description, as Kadeploy3 wrote files of the client's.</summary>
    private static string? LocalImage(string text)
    {
        var match = System.Text.RegularExpressions.Regex.Match(text, @"^\s*(?:image\s*:\s*\{\s*)?file\s*:\s*['""]?local://([^'"",}\s]+)", System.Text.RegularExpressions.RegexOptions.Multiline);
        return match.Success ? match.Groups[1].Value : null;
    }

    /// <summary>Registers an environment, and says how far that is; an image of this machine is brought first.</summary>
    internal static async Task<Answer<EnvironmentInfo>> RegisterAsync(Invocation run, AddEnvironment request, string? upload, CancellationToken cancel)
    {
        if (request.ImagePath is null && (upload ?? LocalImage(request.Description)) is { } local)
        {
            var brought = await new Uploader(run.Client, run.Terminal, TimeProvider.System, Patience).BringAsync(local, run.Json, cancel);
            if (!brought.TryGet(out var there, out var broke))
                return broke;
            request = request with { ImagePath = "upload:" + there.Id };
        }

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
        var latest = new Option<bool>("--latest") { Description = "Only the latest version of each" };
        var user = new Option<string>("-u", "--env-user") { Description = "Only this owner's, shared ones too", HelpName = "USER" };
        var tag = new Option<string>("--tag") { Description = "Only those with this tag", HelpName = "TAG" };
        var search = new Option<string>("--search") { Description = "Only those with this in name, description, author or tags", HelpName = "TEXT" };
        var command = new Command("list", "List your environments and the public ones, all versions") { name, latest, user, tag, search };
        global.Run(command, async (run, cancel) =>
        {
            var filters = new[] { ("name", run.Parsed.GetValue(name)), ("owner", run.Get(user)), ("tag", run.Get(tag)), ("search", run.Get(search)), ("latest", run.Get(latest) ? "true" : null) }
                .Where(f => f.Item2 is not null).Select(f => $"{f.Item1}={Uri.EscapeDataString(f.Item2!)}").ToList();
            if (!(await run.Client.FindEnvironmentsAsync(filters.Count == 0 ? "" : "?" + string.Join('&', filters), cancel)).TryGet(out var list, out var failure))
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
            return run.Done($"{e.Owner}/{e.Name}:{e.Version} deleted; its image {e.Image.File} was left alone");
        });
        return command;
    }

    public static Argument<string> NameArgument() => new("NAME") { Description = "NAME, NAME:VERSION or OWNER/NAME:VERSION" };

    /// <summary>All versions that the name means; those of two owners are never mixed up.</summary>
    public static async Task<Answer<List<EnvironmentInfo>>> FindAsync(Invocation run, string text, CancellationToken cancel)
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
