using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kadeploy.Api;
using Kadeploy.Api.Nodes;
using Kadeploy.Cli.Client;
using Kadeploy.Cli.Output;

namespace Kadeploy.Cli.Commands;

/// <summary>
/// -M: a command at several controllers. 1. Each is asked who it is; one that does not answer is reported and not waited for. 2. Where nodes are named, each
/// is asked which of them are its own; one that nobody knows, or several do, is refused before anything is touched. 3. The command runs at all of them at once. 4. What they
/// print is told apart by their names, with --json as one document; their exit codes become one.
/// </summary>
internal sealed class Several(ParseResult parsed, bool json, Terminal terminal)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private sealed record Site(string Name, ControllerClient Client)
    {
        /// <summary>Its part of the nodes that were named; null where none were.</summary>
        public string? NodeSet { get; init; }

        /// <summary>Why it is left out; null when it answers.</summary>
        public Failure? Silent { get; set; }
    }

    public async Task<int> RunAsync(
        IReadOnlyList<(string Name, ClientSettings Settings)> controllers, Func<Answer<string>>? nodes, Func<Invocation, CancellationToken, Task<int>> body,
        CancellationToken cancel)
    {
        var sites = controllers.Select(c => new Site(c.Name, new ControllerClient(c.Settings) { Notice = text => terminal.Warn($"{c.Name}: {text}") })).ToList();
        try
        {
            // 1
            var alive = (await Task.WhenAll(sites.Select(site => GreetAsync(site, cancel)))).OfType<Site>().ToList();
            var documents = new JsonObject();
            foreach (var silent in sites.Where(s => s.Silent is not null))
                documents[silent.Name] = JsonSerializer.SerializeToNode(silent.Silent!.AsProblem(), ApiJson.Default.Problem);
            if (alive.Count == 0)
            {
                if (json)
                    terminal.Out.WriteLine(documents.ToJsonString(JsonOutput.Indented.Options));
                return ExitCode.Failure;
            }

            // 2
            if (nodes is not null)
            {
                if (!nodes().TryGet(out var set, out var failure) || !(await DivideAsync(alive, set, cancel)).TryGet(out var divided, out failure))
                    return terminal.Fail(failure);
                alive = divided;
            }

            // 3
            var codes = new List<int>();
            foreach (var (site, code, document) in await Task.WhenAll(alive.Select(site => OneAsync(site, body, cancel))))
            {
                codes.Add(code);
                documents[site.Name] = document;
            }

            // 4
            if (json)
                terminal.Out.WriteLine(documents.ToJsonString(JsonOutput.Indented.Options));
            codes.AddRange(Enumerable.Repeat(ExitCode.Failure, sites.Count - (nodes is null ? alive.Count : sites.Count)));
            return codes.Distinct().Count() == 1 ? codes[0] : codes.Contains(ExitCode.Interrupted) ? ExitCode.Interrupted : ExitCode.Partial;
        }
        finally
        {
            foreach (var site in sites)
                site.Client.Dispose();
        }
    }

    private async Task<Site?> GreetAsync(Site site, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Patience);
        try
        {
            if ((await site.Client.InfoAsync(limit.Token)).TryGet(out _, out var failure))
                return site;
            site.Silent = failure;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            site.Silent = new Failure("timeout", $"no answer from {site.Client.Settings.Server} within {Patience.TotalSeconds:0} s");
        }

        terminal.Warn($"{site.Name}: {site.Silent.Message}");
        return null;
    }

    private async Task<Answer<List<Site>>> DivideAsync(List<Site> sites, string set, CancellationToken cancel)
    {
        var parts = new List<(Site Site, IReadOnlyList<NodeInfo> Own, IReadOnlyList<string> Strange)>();
        foreach (var (site, answer) in sites.Zip(await Task.WhenAll(sites.Select(site => site.Client.KnownNodesAsync(set, cancel)))))
        {
            if (!answer.TryGet(out var own, out var failure))
                return failure with { Message = $"{site.Name}: {failure.Message}" };
            parts.Add((site, own.Nodes, own.Unknown ?? []));
        }

        var nobodys = parts.Select(p => p.Strange.AsEnumerable()).Aggregate((a, b) => a.Intersect(b)).ToList();
        if (nobodys.Count > 0)
            return new Failure("unknown-node", $"no controller that answers knows {NodeNames.Fold(nobodys)}");
        // To be shown there is no harm in two that have the same name; to be worked on there is.
        var twice = parsed.CommandResult.Command.Name == "list" ? []
            : parts.SelectMany(p => p.Own.Select(n => (n.Name, Site: p.Site.Name))).GroupBy(n => n.Name).Where(g => g.Count() > 1).ToList();
        if (twice.Count > 0)
            return new Failure(
                "ambiguous-node",
                $"{NodeNames.Fold(twice.Select(g => g.Key))}: known to {string.Join(" and ", twice.SelectMany(g => g.Select(n => n.Site)).Distinct())}; name one of these with --server in place of -M");
        return parts.Where(p => p.Own.Count > 0).Select(p => p.Site with { NodeSet = NodeNames.Fold(p.Own.Select(n => n.Name)) }).ToList();
    }

    private async Task<(Site Site, int Code, JsonNode? Document)> OneAsync(Site site, Func<Invocation, CancellationToken, Task<int>> body, CancellationToken cancel)
    {
        await using var error = new PrefixWriter(terminal.Error, site.Name);
        await using TextWriter output = json ? new StringWriter() : new PrefixWriter(terminal.Out, site.Name);
        var code = await body(new Invocation(parsed, new Terminal(json, output, error), site.Client, json) { NodeSet = site.NodeSet }, cancel);
        return (site, code, json && output.ToString() is { Length: > 0 } text ? JsonNode.Parse(text) : null);
    }
}
