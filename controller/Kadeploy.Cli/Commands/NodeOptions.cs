using System.CommandLine;
using Kadeploy.Cli.Client;
using Kadeploy.Cli.Input;

namespace Kadeploy.Cli.Commands;

/// <summary>-m and -f: which nodes.</summary>
internal sealed class NodeOptions
{
    private readonly Option<string[]> _machines = new("-m", "--machine")
    {
        Description = "Nodes: 'node-[1-3,07-12].site,@group' (quote it for the shell), less '!', common '&'; may be repeated",
        HelpName = "NODES",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    private readonly Option<string[]> _files = new("-f", "--file")
    {
        Description = "File of nodes, one node or set a line, # begins a comment, - is standard input; may be repeated",
        HelpName = "FILE",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    public void AddTo(Command command)
    {
        command.Add(_machines);
        command.Add(_files);
    }

    /// <summary>Whether any was given.</summary>
    public bool IsGiven(Invocation invocation) =>
        invocation.Get(_machines) is { Length: > 0 } || invocation.Get(_files) is { Length: > 0 };

    public Answer<string> Read(Invocation invocation) =>
        NodeSelection.Read(invocation.Get(_machines) ?? [], invocation.Get(_files) ?? []);
}
