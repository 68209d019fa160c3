using System.CommandLine;
using Kadeploy.Cli.Client;
using Kadeploy.Cli.Output;

namespace Kadeploy.Cli.Commands;

/// <summary>Options of every command, and how a command comes to run.</summary>
internal sealed class GlobalOptions
{
    private readonly Option<string> _server = new("--server", "-S")
    {
        Description = "Address of the controller. Else KADEPLOY_SERVER, client.yaml, https://127.0.0.1:25300",
        HelpName = "URL",
        Recursive = true,
    };

    private readonly Option<string> _tokenFile = new("--token-file")
    {
        Description = "File that holds the access token. Else KADEPLOY_TOKEN_FILE, ~/.config/kadeploy/token, client.yaml",
        HelpName = "FILE",
        Recursive = true,
    };

    private readonly Option<string> _fingerprint = new("--fingerprint")
    {
        Description = "SHA-256 of the controller's certificate. Else KADEPLOY_FINGERPRINT, client.yaml, api.fingerprint beside the token file",
        HelpName = "HEX",
        Recursive = true,
    };

    private readonly Option<bool> _json = new("--json")
    {
        Description = "Print one JSON document, as the REST API serves it; errors as problem details on standard error",
        Recursive = true,
    };

    private readonly Option<bool> _several = new("-M", "--multi-server")
    {
        Description = "At every controller that client.yaml names under 'servers', at once; nodes are looked for at each",
        Recursive = true,
    };

    public void AddTo(RootCommand root)
    {
        root.Add(_several);
        root.Add(_server);
        root.Add(_tokenFile);
        root.Add(_fingerprint);
        root.Add(_json);
    }

    /// <summary>Whether --json was given, for commands that ask no controller.</summary>
    public bool Json(ParseResult parsed) => parsed.GetValue(_json);

    /// <summary>Gives <paramref name="command"/> its body.</summary>
    public void Run(Command command, Func<Invocation, CancellationToken, Task<int>> body) => command.SetAction(async (parsed, cancel) =>
    {
        var code = await RunAsync(parsed, body, cancel);
        await WatchOptions.RunEndScriptAsync(parsed, parsed.GetValue(_json), cancel);
        return code;
    });

    private async Task<int> RunAsync(ParseResult parsed, Func<Invocation, CancellationToken, Task<int>> body, CancellationToken cancel)
    {
        var json = parsed.GetValue(_json);
        var terminal = new Terminal(json);
        if (parsed.GetValue(_several))
            return ClientSettings.ResolveAll(ClientPlaces.Real()).TryGet(out var all, out var none)
                ? await new Several(parsed, json, terminal).RunAsync(all, NodeOptions.ReaderOf(parsed), body, cancel)
                : terminal.Fail(none);
        var settings = ClientSettings.Resolve(parsed.GetValue(_server), parsed.GetValue(_tokenFile), parsed.GetValue(_fingerprint), ClientPlaces.Real());
        if (!settings.TryGet(out var resolved, out var failure))
            return terminal.Fail(failure);
        using var client = new ControllerClient(resolved) { Notice = terminal.Warn };
        return await body(new Invocation(parsed, terminal, client, json), cancel);
    }
}
