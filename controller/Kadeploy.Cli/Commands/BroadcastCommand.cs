using System.CommandLine;
using Kadeploy.Api.Broadcasts;
using Kadeploy.Cli.Client;
using Kadeploy.Cli.Output;
using Kadeploy.Cli.Progress;

namespace Kadeploy.Cli.Commands;

/// <summary>kadeploy broadcast: one file to many nodes whose agents run; list, show, wait, cancel.</summary>
internal static class BroadcastCommand
{
    private const string ServerPrefix = "server://";

    private static readonly Argument<string> File = new("FILE")
    {
        Description = "File of this machine, which is uploaded; or server:///PATH, a file of the controller's in an allowed folder; or an http(s) address, which the controller fetches",
    };

    private static readonly Option<string> Out = new("--out")
    {
        Description = "Where it goes on each node; for an agent on an installed host below the agent's folder, relative or absolute",
        HelpName = "PATH",
        Required = true,
    };

    private static readonly Option<bool> Unpack = new("--unpack")
    {
        Description = "FILE is a tar archive (none, gzip, bzip2, xz, zstd): extract it into the folder --out on each node, owners and attributes kept",
    };

    private static readonly Option<bool> NoWait = new("--no-wait") { Description = "Print the broadcast's id and return at once" };

    public static Command Create(GlobalOptions global)
    {
        var nodes = new NodeOptions("--to");
        var watch = new WatchOptions();
        var command = new Command("broadcast", "Send one file to many nodes whose agents run, verified, at the speed of one link; list, show, wait, cancel") { File };
        nodes.AddTo(command);
        command.Add(Out);
        command.Add(Unpack);
        watch.AddTo(command);
        command.Add(NoWait);
        command.Add(List(global));
        command.Add(Show(global));
        command.Add(Wait(global));
        command.Add(Cancel(global));
        global.Run(command, async (run, cancel) =>
        {
            if (!nodes.Read(run).TryGet(out var set, out var failure) || !watch.Check(run, run.Get(NoWait), "broadcast").TryGet(out var files, out failure))
                return run.Fail(failure);
            if (!(await RequestAsync(run, set, cancel)).TryGet(out var request, out failure))
                return run.Fail(failure);
            using var interrupts = new Interrupts();
            if (!(await Starting.AnsweredAsync(run, run.Client.BroadcastAsync(request, cancel), interrupts, "kadeploy broadcast list --active")).TryGet(out var started, out failure))
                return failure.Reason == Starting.Interrupted ? ExitCode.Interrupted : run.Fail(failure);
            if (run.Get(NoWait))
            {
                if (run.Json)
                    run.Terminal.Json(started, JsonOutput.Indented.BroadcastStarted);
                else
                    run.Terminal.Out.WriteLine(started.Id);
                return ExitCode.Success;
            }

            if (!run.Json)
                run.Terminal.Out.WriteLine($"broadcast {started.Id}: {run.Get(File)} to {set}");
            return await watch.WatchAsync(run, new BroadcastOperation(run.Client), started.Id, files, interrupts);
        });
        return command;
    }

    private static async Task<Answer<StartBroadcast>> RequestAsync(Invocation run, string nodes, CancellationToken cancel)
    {
        var file = run.Get(File);
        string? upload = null;
        var onServer = file.StartsWith(ServerPrefix, StringComparison.Ordinal);
        if (!onServer && !IsAddress(file))
        {
            // A wrong node name must not be found out after gigabytes were sent.
            if (!(await run.Client.NodesAsync(nodes, cancel)).TryGet(out _, out var unknown))
                return unknown;
            if (!(await UploadAsync(run, file, cancel)).TryGet(out var sent, out var failure))
                return failure;
            upload = sent.Id;
        }

        var path = onServer ? file[ServerPrefix.Length..] : upload is null ? file : null;
        return new StartBroadcast(nodes, run.Get(Out)!, path, upload, run.Get(Unpack), upload is null ? null : Path.GetFileName(file));
    }

    /// <summary>The file that is to be sent; the caller disposes of it.</summary>
    internal static Answer<FileStream> Open(string file)
    {
        try
        {
            return new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.SequentialScan | FileOptions.Asynchronous);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Failure.Usage($"{file}: {e.Message}");
        }
    }

    private static bool IsAddress(string file) =>
        file.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || file.StartsWith("https://", StringComparison.OrdinalIgnoreCase);

    internal static async Task<Answer<UploadInfo>> UploadAsync(Invocation run, string file, CancellationToken cancel)
    {
        if (!Open(file).TryGet(out var content, out var failure))
            return failure;
        await using (content)
        {
            var work = run.Client.UploadAsync(content, cancel);
            if (!run.Json && await Task.WhenAny(work, Task.Delay(TimeSpan.FromSeconds(2), cancel)) != work)
                run.Terminal.Out.WriteLine($"uploading {Quantity.Bytes(content.Length)} to the controller…");
            return await work;
        }
    }

    private static Command List(GlobalOptions global)
    {
        var active = new Option<bool>("--active") { Description = "Only those that still run" };
        var command = new Command("list", "List the broadcasts, newest first") { active };
        global.Run(command, async (run, cancel) =>
        {
            if (!(await run.Client.BroadcastsAsync(run.Get(active), cancel)).TryGet(out var list, out var failure))
                return run.Fail(failure);
            if (run.Json)
                run.Terminal.Json(list, JsonOutput.Indented.BroadcastList);
            else if (list.Broadcasts.Count == 0)
                run.Terminal.Out.WriteLine(run.Get(active) ? "No broadcast is running." : "No broadcasts yet.");
            else
                BroadcastTable.Write(run.Terminal.Out, list.Broadcasts);
            return ExitCode.Success;
        });
        return command;
    }

    private static Command Show(GlobalOptions global)
    {
        var id = Id();
        var command = new Command("show", "Show one broadcast: verdicts, times, proofs, and why nodes failed") { id };
        global.Run(command, async (run, cancel) =>
        {
            if (!(await new BroadcastOperation(run.Client).GetAsync(run.Get(id), cancel)).TryGet(out var broadcast, out var failure))
                return run.Fail(failure);
            if (run.Json)
                run.Terminal.Json(broadcast, JsonOutput.Indented.BroadcastInfo);
            else
                BroadcastTable.WriteSheet(run.Terminal.Out, broadcast);
            return ExitCode.Success;
        });
        return command;
    }

    private static Command Wait(GlobalOptions global)
    {
        var id = Id();
        var watch = new WatchOptions();
        var command = new Command("wait", "Watch a broadcast until it ends; the exit code is that of 'broadcast'") { id };
        watch.AddTo(command);
        global.Run(command, async (run, _) => watch.Check(run, noWait: false, "broadcast").TryGet(out var files, out var failure)
            ? await watch.WatchAsync(run, new BroadcastOperation(run.Client), run.Get(id), files)
            : run.Fail(failure));
        return command;
    }

    private static Command Cancel(GlobalOptions global)
    {
        var id = Id();
        var command = new Command("cancel", "Stop a running broadcast; nodes that have the file keep it, the others have nothing of it") { id };
        global.Run(command, async (run, cancel) =>
        {
            if (!(await new BroadcastOperation(run.Client).CancelAsync(run.Get(id), cancel)).TryGet(out _, out var failure))
                return run.Fail(failure);
            return run.Done($"{run.Get(id)} is being cancelled; see: kadeploy broadcast wait {run.Get(id)}");
        });
        return command;
    }

    private static Argument<string> Id() => new("ID") { Description = "Id of the broadcast, as 'broadcast' and 'broadcast list' print it" };
}
