using System.CommandLine;
using Kadeploy.Cli.Commands;

// Response files are off: '@' will name groups of nodes.
var parsed = CommandTree.Create().Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
if (parsed.Errors.Count > 0 && parsed.Action is System.CommandLine.Invocation.ParseErrorAction)
    return CommandTree.Refuse(parsed, Console.Error);

// Short commands die of Ctrl-C at once (130); the watcher takes the signal itself.
return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
