using Kadeploy.Api.Deployments;
using Kadeploy.Cli.Output;

namespace Kadeploy.Cli.Progress;

/// <summary>
/// What the events of a deployment add up to. One thread feeds it, another draws it; pure apart from that, so that it is tested with canned events.
/// </summary>
/// <param name="id">The operation.</param>
/// <param name="environment">What the nodes get.</param>
/// <param name="nodes">The nodes.</param>
/// <param name="startedAt">When it began.</param>
/// <param name="good">What a good node is called: <c>deployed</c>, or <c>done</c> for a broadcast.</param>
internal sealed class DeploymentView(string id, string environment, IEnumerable<string> nodes, DateTimeOffset startedAt, string good = "deployed")
{
    private readonly Lock _lock = new();
    private readonly List<NodeRow> _rows = [.. nodes.Select(n => new NodeRow(n, Since: startedAt))];
    private readonly Dictionary<string, int> _rowOf = nodes.Index().ToDictionary(n => n.Item, n => n.Index);
    private List<Change> _changes = [];
    private string? _connection;

    public string Id { get; } = id;

    public string Environment { get; } = environment;

    public DateTimeOffset StartedAt { get; } = startedAt;

    /// <summary>Takes in one event. Types that this client does not know are ignored.</summary>
    public void Apply(string type, DeploymentEvent e)
    {
        lock (_lock)
        {
            if (e.Node is null)
            {
                if (e.Text is { Length: > 0 } text)
                    _changes.Add(new Change(e.At, null, Printable.Line(text, 400)));
                return;
            }

            if (!_rowOf.TryGetValue(e.Node, out var at))
            {
                at = _rowOf[e.Node] = _rows.Count;
                _rows.Add(new NodeRow(e.Node, Since: e.At));
            }

            _rows[at] = type switch
            {
                DeploymentEventTypes.Step => Step(_rows[at], e),
                DeploymentEventTypes.Progress => Progress(_rows[at], e),
                DeploymentEventTypes.Verdict => Verdict(_rows[at], e),
                _ => _rows[at],
            };
        }
    }

    /// <summary>Says that the controller was lost, or with null that it is back.</summary>
    public void Connection(string? lost, DateTimeOffset now)
    {
        lock (_lock)
        {
            if (lost is not null && _connection is null)
                _changes.Add(new Change(now, null, $"connection to the controller lost ({lost}); the deployment is the controller's and goes on; reconnecting"));
            else if (lost is null && _connection is not null)
                _changes.Add(new Change(now, null, "connected to the controller again"));
            _connection = lost;
        }
    }

    public ViewState Read()
    {
        lock (_lock)
            return new ViewState([.. _rows], _connection, good);
    }

    /// <summary>What happened since the last call.</summary>
    public IReadOnlyList<Change> TakeChanges()
    {
        lock (_lock)
        {
            var taken = _changes;
            _changes = [];
            return taken;
        }
    }

    private NodeRow Step(NodeRow row, DeploymentEvent e)
    {
        var name = $"{e.MacroStep}/{e.MicroStep}";
        if (e.Outcome is null or "running")
        {
            _changes.Add(new Change(e.At, row.Node, name));
            return row with
            {
                MacroStep = e.MacroStep ?? "",
                MicroStep = e.MicroStep ?? "",
                Activity = e.Activity ?? "",
                Done = e.Done ?? 0,
                Total = e.Total ?? 0,
                BytesPerSecond = e.BytesPerSecond ?? 0,
                Since = e.At,
                SeenAt = e.At,
            };
        }

        if (e.Outcome is "failed")
            _changes.Add(new Change(e.At, row.Node, $"{name} failed{(e.Failure is { } f ? Printable.Line($": {f.Reason}, by {f.Party}: {f.Detail}", 600) : "")}"));
        return row with { Done = row.Total, BytesPerSecond = 0, Activity = "", HoldsUp = null };
    }

    private static NodeRow Progress(NodeRow row, DeploymentEvent e) => row with
    {
        Activity = e.Activity ?? row.Activity,
        Done = e.Done ?? row.Done,
        Total = e.Total ?? row.Total,
        BytesPerSecond = e.BytesPerSecond ?? row.BytesPerSecond,
        HoldsUp = e.HoldsUp is null ? null : Printable.Line(e.HoldsUp, 20),
        SeenAt = e.At,
    };

    private NodeRow Verdict(NodeRow row, DeploymentEvent e)
    {
        var verdict = e.Outcome switch
        {
            "deployed" => NodeVerdict.Deployed,
            "done" => NodeVerdict.Done,
            "cancelled" => NodeVerdict.Cancelled,
            "stopped" => NodeVerdict.Stopped,
            _ => NodeVerdict.Failed,
        };
        _changes.Add(new Change(e.At, row.Node, (verdict == NodeVerdict.Deployed ? good : verdict.ToString()).ToUpperInvariant() + (e.Failure is { } f ? Printable.Line($": {f.Reason} in {f.Stage}", 200) : "")));
        return row with { Verdict = verdict, Failure = e.Failure, BytesPerSecond = 0, Activity = "", HoldsUp = null, Since = e.At };
    }
}
