using System.CommandLine;
using System.Text.Json.Nodes;
using Kadeploy.Cli.Client;
using Kadeploy.Cli.Output;

namespace Kadeploy.Cli.Commands;

/// <summary>What every command has at hand while it runs.</summary>
/// <param name="Parsed">The command line.</param>
/// <param name="Terminal">Where output goes.</param>
/// <param name="Client">The controller.</param>
/// <param name="Json">Whether --json was given.</param>
internal sealed record Invocation(ParseResult Parsed, Terminal Terminal, ControllerClient Client, bool Json)
{
    /// <summary>With -M: which of the nodes that were named are this controller's. Null otherwise.</summary>
    public string? NodeSet { get; init; }

    public T? Get<T>(Option<T> option) => Parsed.GetValue(option);

    public T Get<T>(Argument<T> argument) => Parsed.GetRequiredValue(argument);

    /// <summary>Says that what was asked for was done, where the controller answers nothing that could be shown.</summary>
    public int Done(string what)
    {
        Terminal.Out.WriteLine(Json ? new JsonObject { ["detail"] = what }.ToJsonString(JsonOutput.Indented.Options) : what);
        return ExitCode.Success;
    }

    public int Fail(Failure failure) => Terminal.Fail(failure);
}
