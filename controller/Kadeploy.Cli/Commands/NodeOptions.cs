using System.CommandLine;
using System.Runtime.CompilerServices;
using Kadeploy.Cli.Client;
using Kadeploy.Cli.Input;

namespace Kadeploy.Cli.Commands;

/// <summary>-m and -f: which nodes.</summary>
internal sealed class NodeOptions
{
    private readonly Option<string[]> _machines;

    private readonly Option<string[]> _files = new("-f", "--file")
    {
        Description = "File of nodes, one node or set a line, # begins a comment, - is standard input; may be repeated",
        HelpName = "FILE",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    // By command, for -M: it divides the nodes before the command runs.
    private static readonly ConditionalWeakTable<Command, NodeOptions> Owners = [];

    /// <param name="name">What this command calls -m before all; -m always does.</param>
    public NodeOptions(string name = "-m")
    {
        string[] names = ["-m", "--machine"];
        _machines = new Option<string[]>(name, [.. names.Where(n => n != name)])
        {
            Description = "Nodes: 'node-[1-3,07-12].site,@group' (quote it for the shell), less '!', common '&'; may be repeated",
            HelpName = "NODES",
            Arity = ArgumentArity.OneOrMore,
            AllowMultipleArgumentsPerToken = false,
        };
    }

    public void AddTo(Command command)
    {
        command.Add(_machines);
        command.Add(_files);
        Owners.Add(command, this);
    }

    /// <summary>Reads the nodes that a command line names; null when its command takes none, or none were given where they need not be.</summary>
    public static Func<Answer<string>>? ReaderOf(ParseResult parsed) =>
        Owners.TryGetValue(parsed.CommandResult.Command, out var options)
        && (parsed.CommandResult.Command.Name != "list" || parsed.GetValue(options._machines) is { Length: > 0 } || parsed.GetValue(options._files) is { Length: > 0 })
            ? () => options.Read(parsed)
            : null;

    /// <summary>Whether any was given.</summary>
    public bool IsGiven(Invocation invocation) =>
        invocation.Get(_machines) is { Length: > 0 } || invocation.Get(_files) is { Length: > 0 };

    public Answer<string> Read(Invocation invocation) => invocation.NodeSet is { } own ? own : Read(invocation.Parsed);

    /// <summary>What was named, whoever knows it.</summary>
    private Answer<string> Read(ParseResult parsed) => NodeSelection.Read(parsed.GetValue(_machines) ?? [], parsed.GetValue(_files) ?? [], _machines.Name);
}
