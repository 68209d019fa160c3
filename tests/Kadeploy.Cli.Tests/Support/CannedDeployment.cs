using System.Globalization;
using System.Text.Json;
using Kadeploy.Api;
using Kadeploy.Api.Deployments;
using Microsoft.AspNetCore.Http;

namespace Kadeploy.Cli.Tests.Support;

/// <summary>A deployment whose events and end the test writes: what the controller would serve.</summary>
internal sealed class CannedDeployment
{
    public const string Id = "D-1";
    public const string EventsLine = "GET /v1/deployments/D-1/events";
    public const string Line = "GET /v1/deployments/D-1";
    public static readonly DateTimeOffset Start = new(2026, 11, 21, 10, 0, 0, TimeSpan.Zero);

    private readonly List<(string Type, DeploymentEvent Event)> _events = [];
    private readonly List<NodeProgress> _nodes = [];
    private volatile bool _over;

    public CannedDeployment(params string[] nodes) => _nodes.AddRange(nodes.Select(n => new NodeProgress(n, NodeVerdict.Running)));

    public static DeploymentProof Proof { get; } = new("ab12", 92_000_000, 92_000_000, "disk-1", "7c3e", 1, 3.5, [new RefetchedBlock(7, "node-9", "the controller")]);

    public CannedDeployment Step(string node, double second, string macro, string micro, string outcome = "running", FailureInfo? failure = null) =>
        Add(DeploymentEventTypes.Step, new(_events.Count + 1, At(second), node, macro, micro, Outcome: outcome, Failure: failure));

    public CannedDeployment Bytes(string node, double second, long done, long total, long rate) =>
        Add(DeploymentEventTypes.Progress, new(_events.Count + 1, At(second), node, Done: done, Total: total, BytesPerSecond: rate));

    public CannedDeployment Deployed(string node, double second) =>
        Verdict(node, second, new NodeProgress(node, NodeVerdict.Deployed, MacroSeconds: Times(20.5, 12, 30.25), Proof: Proof));

    public CannedDeployment Failed(string node, double second, FailureInfo failure) =>
        Verdict(node, second, new NodeProgress(node, NodeVerdict.Failed, Failure: failure, MacroSeconds: Times(20.5)));

    public CannedDeployment End(double second) => Add(DeploymentEventTypes.End, new(_events.Count + 1, At(second), Outcome: "done"));

    /// <summary>From now on the deployment itself says that it is over.</summary>
    public void Finish() => _over = true;

    public DeploymentInfo Info()
    {
        var nodes = _over ? _nodes : [.. _nodes.Select(n => new NodeProgress(n.Node, NodeVerdict.Running))];
        int Of(NodeVerdict verdict) => nodes.Count(n => n.Verdict == verdict);
        var counts = new DeploymentCounts(
            nodes.Count, Of(NodeVerdict.Deployed), Of(NodeVerdict.Failed) + Of(NodeVerdict.Cancelled), Of(NodeVerdict.Running));
        return new DeploymentInfo(
            Id, "admin", "debian12:1", "node-[1-3]", Start, _over ? DeploymentState.Done : DeploymentState.Running, counts, nodes, _over ? At(63) : null);
    }

    /// <summary>Answers on <paramref name="fake"/>: the deployment, and its events from where the client is.</summary>
    public CannedDeployment ServeOn(FakeController fake)
    {
        fake.On("POST /v1/deployments", new DeploymentStarted(Id), ApiJson.Default.DeploymentStarted, 202);
        fake.On(Line, context => WriteAsync(context, JsonSerializer.Serialize(Info(), ApiJson.Default.DeploymentInfo)));
        fake.On(EventsLine, context => SendAsync(context, int.MaxValue));
        return this;
    }

    /// <summary>Streams up to event <paramref name="last"/> and closes; when all are sent, the deployment is over before its end is told.</summary>
    public async Task SendAsync(HttpContext context, int last)
    {
        if (last >= _events.Count)
            Finish();
        if (!context.Response.HasStarted)
            context.Response.ContentType = "text/event-stream";
        var after = long.TryParse(context.Request.Headers["Last-Event-ID"], CultureInfo.InvariantCulture, out var seq) ? seq : 0;
        foreach (var (type, e) in _events.Where(x => x.Event.Seq > after && x.Event.Seq <= last))
            await context.Response.WriteAsync($"id: {e.Seq}\nevent: {type}\ndata: {JsonSerializer.Serialize(e, ApiJson.Default.DeploymentEvent)}\n\n");
        await context.Response.Body.FlushAsync();
    }

    private static DateTimeOffset At(double second) => Start.AddSeconds(second);

    private static Dictionary<string, double> Times(params double[] seconds) =>
        new[] { "SetDeploymentEnv", "BroadcastEnv", "BootNewEnv" }.Zip(seconds).ToDictionary(p => p.First, p => p.Second);

    private static async Task WriteAsync(HttpContext context, string json)
    {
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(json);
    }

    private CannedDeployment Verdict(string node, double second, NodeProgress end)
    {
        _nodes[_nodes.FindIndex(n => n.Node == node)] = end;
        return Add(
            DeploymentEventTypes.Verdict,
            new(_events.Count + 1, At(second), node, Outcome: end.Verdict.ToString().ToLowerInvariant(), Failure: end.Failure));
    }

    private CannedDeployment Add(string type, DeploymentEvent e)
    {
        _events.Add((type, e));
        return this;
    }
}
