using System.CommandLine;

namespace Kadeploy.Cli.Commands;

/// <summary>--timeout and --window: shared by exec and copy.</summary>
internal sealed class ExecOptions
{
    private readonly Option<int?> _timeout;

    private readonly Option<int?> _window = new("--window") { Description = "On how many nodes at once (all agents, and 32 nodes over SSH)", HelpName = "NODES" };

    /// <param name="timeout">What holds unless it is given, for the help.</param>
    public ExecOptions(string timeout) =>
        _timeout = new Option<int?>("--timeout") { Description = $"How long it may take on each node ({timeout})", HelpName = "SECONDS" };

    public void AddTo(Command command)
    {
        command.Add(_timeout);
        command.Add(_window);
    }

    public int? Timeout(Invocation run) => run.Get(_timeout);

    public int? Window(Invocation run) => run.Get(_window);
}
