using Kadeploy.Api.Statistics;
using Kadeploy.Controller.Api;
using Kadeploy.Controller.Storage;
using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Nodes;
using StepRecord = Kadeploy.Deployments.Engine.StepRecord;

namespace Kadeploy.Controller.Statistics;

/// <summary>What ended operations tell about nodes and steps, read from the journal.</summary>
internal sealed class History(DeploymentJournal journal)
{
    // Each is read whole from the journal.
    private const int MostOperations = 1000;

    /// <summary>Ended operations, newest first; status questions are none that one counts.</summary>
    /// <param name="user">Only this user's; null for everybody's.</param>
    /// <param name="operation">Only this one; null for all.</param>
    /// <param name="since">Only those accepted since then.</param>
    public IEnumerable<DeploymentSnapshot> Operations(string? user, string? operation, DateTimeOffset? since) =>
        (operation is null ? journal.Finished(MostOperations) : [operation])
            .Select(id => journal.Load(id))
            .TakeWhile(entries => since is null || (entries.Count > 0 && entries[0].At >= since))
            .Where(entries => entries.Count > 0 && entries[^1].Ends)
            .Select(DeploymentHistory.Replay)
            .Where(it => it.Request.Kind != OperationKind.PowerStatus && (user is null || it.Request.User == user));

    public static IEnumerable<NodeStatistics> Nodes(DeploymentSnapshot it) => it.Nodes.OrderBy(n => n.Node, NodeNameComparer.Instance).Select(node => new NodeStatistics(
        it.Id,
        OperationMapping.ToContract(it.Request.Kind),
        it.Request.User,
        it.Request.Environment.Name.Length == 0 ? "" : $"{it.Request.Environment.Name}:{it.Request.Environment.Version}",
        node.Node,
        DeploymentMapping.ToContract(node.Verdict),
        it.CreatedAt,
        Seconds((node.EndedAt ?? it.EndedAt!.Value) - it.CreatedAt),
        Retries(node.Steps),
        node.MacroSeconds(it.EndedAt!.Value).ToDictionary(m => m.Key, m => Math.Round(m.Value, 3)),
        node.Failure?.Stage,
        node.Failure?.Reason));

    public static IEnumerable<StepStatistics> Steps(DeploymentSnapshot it) => it.Nodes.OrderBy(n => n.Node, NodeNameComparer.Instance).SelectMany(node => node.Steps.Select(step =>
        new StepStatistics(
            it.Id, node.Node, step.MacroStep, step.Instance, step.MicroStep, step.Attempt, step.StartedAt, Seconds((step.EndedAt ?? it.EndedAt!.Value) - step.StartedAt), step.Outcome)));

    public static IReadOnlyList<NodeFailures> Failures(IEnumerable<DeploymentSnapshot> operations)
    {
        var rows = new Dictionary<string, NodeFailures>();
        foreach (var it in operations)
            foreach (var node in it.Nodes.Where(n => n.Verdict is Verdict.Deployed or Verdict.Done or Verdict.Failed))
            {
                var row = rows.GetValueOrDefault(node.Node) ?? new NodeFailures(node.Node, 0, 0, 0);
                row = row with { Operations = row.Operations + 1 };
                // The newest comes first.
                if (node.Verdict == Verdict.Failed)
                    row = row.LastFailedAt is null
                        ? row with { Failed = row.Failed + 1, LastFailedAt = it.CreatedAt, LastStage = node.Failure?.Stage, LastReason = node.Failure?.Reason }
                        : row with { Failed = row.Failed + 1 };
                rows[node.Node] = row with { FailureRate = Math.Round((double)row.Failed / row.Operations, 4) };
            }
        return [.. rows.Values.OrderByDescending(r => r.FailureRate).ThenByDescending(r => r.Failed).ThenBy(r => r.Node, NodeNameComparer.Instance)];
    }

    public static int Retries(IReadOnlyList<StepRecord> steps)
    {
        var (tries, last) = (0, ("", "", 0));
        foreach (var step in steps)
        {
            var current = (step.MacroStep, step.Instance, step.Attempt);
            tries += current == last ? 0 : 1;
            last = current;
        }
        return tries - steps.Select(s => s.MacroStep).Distinct().Count();
    }

    private static double Seconds(TimeSpan span) => Math.Round(span.TotalSeconds, 3);
}
