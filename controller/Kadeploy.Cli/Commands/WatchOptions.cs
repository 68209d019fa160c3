using System.CommandLine;
using Kadeploy.Cli.Client;
using Kadeploy.Cli.Progress;

namespace Kadeploy.Cli.Commands;

/// <summary>-o, -n, and how long a lost controller is waited for: shared by deploy, broadcast, and their wait.</summary>
internal sealed class WatchOptions
{
    private readonly Option<string> _good = new("-o", "--output-ok-nodes") { Description = "Append the nodes that are good to this file, one a line", HelpName = "FILE" };

    private readonly Option<string> _bad = new("-n", "--output-ko-nodes") { Description = "Append the other nodes to this file, one a line", HelpName = "FILE" };

    private readonly Option<int> _patience = new("--reconnect")
    {
        Description = "How long to look for a controller that went away",
        HelpName = "SECONDS",
        DefaultValueFactory = _ => 900,
    };

    public WatchOptions() => _patience.Validators.Add(result =>
    {
        if (result.Tokens.Count > 0 && int.TryParse(result.Tokens[0].Value, out var seconds) && seconds < 0)
            result.AddError("--reconnect: a number of seconds, 0 or more");
    });

    public void AddTo(Command command)
    {
        command.Add(_good);
        command.Add(_bad);
        command.Add(_patience);
    }

    public NodeFiles Files(Invocation run) => new(run.Get(_good), run.Get(_bad));

    public Watcher<T> Watcher<T>(Invocation run, Operation<T> operation)
        where T : class =>
        new(operation, run.Terminal, TimeProvider.System, run.Json, TimeSpan.FromSeconds(run.Get(_patience)));
}
