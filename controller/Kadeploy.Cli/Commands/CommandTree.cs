using System.CommandLine;
using Kadeploy.Cli.Client;
using Kadeploy.Cli.Output;

namespace Kadeploy.Cli.Commands;

/// <summary>All commands.</summary>
internal static class CommandTree
{
    public static RootCommand Create()
    {
        var global = new GlobalOptions();
        var root = new RootCommand("Installs operating systems on bare-metal nodes: all of them, verified, with a clear answer for each.")
        {
            DeployCommand.Create(global),
            RetryCommand.Create(global),
            RebootCommand.Create(global),
            PowerCommand.Create(global),
            DeploymentCommands.Create(global, "operation"),
            DeploymentCommands.Create(global, "deployment"),
            BroadcastCommand.Create(global),
            ExecCommand.Create(global),
            CopyCommand.Create(global),
            ConsoleCommand.Create(global),
            NodeCommands.Create(global),
            EnvironmentCommands.Create(global),
            RightCommands.Create(global),
            UserCommands.Tokens(global),
            StatisticsCommand.Create(global),
            AuditCommand.Create(global),
            CacheCommands.Create(global),
            UserCommands.WhoAmI(global),
            ConfigCommand.Create(global),
            CompletionCommand.Create(),
            InfoCommand.Create(global),
        };
        global.AddTo(root);
        Examples.AddTo(root);
        return root;
    }

    /// <summary>A command line that was not understood: every reason on a line, then where to read on.</summary>
    public static int Refuse(ParseResult parsed, TextWriter error)
    {
        var messages = parsed.Errors.Select(e => e.Message).Distinct().ToList();
        if (parsed.Tokens.Any(t => t.Value == "--json"))
            return new Terminal(json: true, TextWriter.Null, error).Fail(Failure.Usage(string.Join(' ', messages)));
        foreach (var message in messages)
            error.WriteLine("kadeploy: " + message);
        var path = new List<string>();
        for (Symbol? symbol = parsed.CommandResult.Command; symbol is Command and not RootCommand; symbol = symbol.Parents.FirstOrDefault())
            path.Insert(0, symbol.Name);
        error.WriteLine($"See: {string.Join(' ', path.Prepend("kadeploy").Append("--help"))}");
        return ExitCode.Failure;
    }
}
