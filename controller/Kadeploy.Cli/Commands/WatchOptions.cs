using System.CommandLine;
using System.Runtime.CompilerServices;
using Kadeploy.Cli.Client;
using Kadeploy.Cli.Input;
using Kadeploy.Cli.Progress;

namespace Kadeploy.Cli.Commands;

/// <summary>-o, -n, -s, -V, and how long a lost controller is waited for: shared by everything that watches an operation.</summary>
internal sealed class WatchOptions
{
    private readonly Option<string> _good = new("-o", "--output-ok-nodes") { Description = "Append the nodes that are good to this file, one a line", HelpName = "FILE" };

    private readonly Option<string> _bad = new("-n", "--output-ko-nodes") { Description = "Append the other nodes to this file, one a line", HelpName = "FILE" };

    private readonly Option<string> _script = new("-s", "--end-script")
    {
        Description = "Program of this machine that is run once when the operation has ended, at all controllers with -M; how it ends is ignored",
        HelpName = "FILE",
    };

    private readonly Option<int> _level = new("-V", "--verbose-level") { Description = "How much is said on the way: 1 the result only, 2 to 5 all (the default)", HelpName = "LEVEL", DefaultValueFactory = _ => 2 };

    private readonly Option<int> _patience = new("--reconnect")
    {
        Description = "How long to look for a controller that went away",
        HelpName = "SECONDS",
        DefaultValueFactory = _ => 900,
    };

    // By command: the program is run when all controllers have been asked, not by each of their runs.
    private static readonly ConditionalWeakTable<Command, WatchOptions> Owners = [];

    private volatile bool _ended;

    public WatchOptions()
    {
        _patience.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && int.TryParse(result.Tokens[0].Value, out var seconds) && seconds < 0)
                result.AddError("--reconnect: a number of seconds, 0 or more");
        });
        _level.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && int.TryParse(result.Tokens[0].Value, out var level) && level is < 1 or > 5)
                result.AddError("-V: a level from 1 to 5");
        });
    }

    public void AddTo(Command command)
    {
        command.Add(_good);
        command.Add(_bad);
        command.Add(_script);
        command.Add(_level);
        AddPatienceTo(command);
        Owners.Add(command, this);
    }

    /// <summary>For what watches on the way only.</summary>
    public void AddPatienceTo(Command command) => command.Add(_patience);

    public NodeFiles Files(Invocation run) => new(run.Get(_good), run.Get(_bad));

    /// <summary>What cannot be used, before anything is started; also together with --no-wait, when nobody is there at the end.</summary>
    public Answer<NodeFiles> Check(Invocation run, bool noWait, string noun)
    {
        var files = Files(run);
        if (noWait && files != NodeFiles.None)
            return Failure.Usage($"-o and -n cannot be written with --no-wait; use them with 'kadeploy {noun} wait ID'");
        if (noWait && run.Get(_script) is not null)
            return Failure.Usage($"-s cannot be run with --no-wait; use it with 'kadeploy {noun} wait ID'");
        if (run.Get(_script) is { } script && !EndScript.Check(script).TryGet(out _, out var failure))
            return failure;
        return files.Check().TryGet(out _, out failure) ? files : failure;
    }

    /// <summary>Watches an operation to its end, and gives the exit code.</summary>
    /// <param name="run">The command that watches.</param>
    /// <param name="operation">Of which kind it is.</param>
    /// <param name="id">Its id.</param>
    /// <param name="files">Where good and bad nodes are written.</param>
    /// <param name="starter">The interrupts of whoever has just started it; null for one that ran before.</param>
    public async Task<int> WatchAsync<T>(Invocation run, Operation<T> operation, string id, NodeFiles files, Interrupts? starter = null)
        where T : class
    {
        using var own = starter is null ? new Interrupts() : null;
        var quiet = run.Get(_level) == 1;
        var watcher = new Watcher<T>(operation, run.Terminal, TimeProvider.System, run.Json, quiet, TimeSpan.FromSeconds(run.Get(_patience)));
        var code = await watcher.WatchAsync(id, files, starter ?? own!, justStarted: starter is not null);
        _ended |= watcher.Ended;
        return code;
    }

    /// <summary>Runs the program of -s, if this command has one and what it watched has ended.</summary>
    public static async Task RunEndScriptAsync(ParseResult parsed, bool json, CancellationToken cancel)
    {
        if (Owners.TryGetValue(parsed.CommandResult.Command, out var it) && it._ended && parsed.GetValue(it._script) is { } script)
            await EndScript.RunAsync(script, json, cancel);
    }
}
