using System.Text.Json;
using Kadeploy.Api.Statistics;
using Kadeploy.Controller.Api;
using Kadeploy.Controller.Storage;
using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Nodes;
using StepRecord = Kadeploy.Deployments.Engine.StepRecord;

namespace Kadeploy.Controller.Statistics;

/// <summary>
/// What ended operations tell about nodes and steps. It is worked out once, when an operation has ended; those of which it was not, because they ended under
/// an older kadeployd or just when one died, are read from the journal in the background after a start, or by the first question that needs them.
/// </summary>
internal sealed partial class History(DeploymentJournal journal, StatisticsStore store, ILogger<History> log) : BackgroundService
{
    private readonly SemaphoreSlim _oneReads = new(1);

    /// <summary>An operation has ended: what statistics will say of it is kept. Status questions are none that one counts.</summary>
    public Task KeepAsync(DeploymentSnapshot it)
    {
        var counts = it.Request.Kind != OperationKind.PowerStatus;
        var operation = new OperationLine(
            it.Id,
            OperationMapping.ToContract(it.Request.Kind),
            it.Request.User,
            DeploymentMapping.EnvironmentOf(it),
            it.CreatedAt);
        var nodes = counts ? it.Nodes.OrderBy(n => n.Node, NodeNameComparer.Instance).ToList() : [];
        return store.KeepAsync(operation, [.. nodes.Select(node => Row(operation, it, node))], [.. nodes.SelectMany(node => Steps(it, node))]);
    }

    /// <summary>Returns when all operations that ended before and were accepted since then are kept.</summary>
    /// <param name="operation">Only this one; null for all.</param>
    /// <param name="since">How far back; null for all.</param>
    /// <param name="cancellationToken">Ends it between two operations.</param>
    public async Task CatchUpAsync(string? operation, DateTimeOffset? since, CancellationToken cancellationToken)
    {
        foreach (var id in store.Missing(operation))
        {
            // A long journal is much to have in memory, and two who ask want the same ones.
            await _oneReads.WaitAsync(cancellationToken);
            try
            {
                if (!store.Has(id) && Read(id) is { } it)
                {
                    await KeepAsync(it);
                    if (it.CreatedAt < since)
                        return;
                }
            }
            finally
            {
                _oneReads.Release();
            }
        }
    }

    public IEnumerable<NodeStatistics> Nodes(string? user, string? operation, DateTimeOffset? since) => store.Operations(user, operation, since).SelectMany(store.Nodes);

    public IEnumerable<StepStatistics> Steps(string? user, string? operation, DateTimeOffset? since) => store.Operations(user, operation, since).SelectMany(store.Steps);

    public IEnumerable<NodeFailures> Failures(string? user, string? operation, DateTimeOffset? since) => store.Failures(user, operation, since)
        .Select(r => r with { FailureRate = Math.Round((double)r.Failed / r.Operations, 4) })
        .OrderByDescending(r => r.FailureRate).ThenByDescending(r => r.Failed).ThenBy(r => r.Node, NodeNameComparer.Instance);

    public override void Dispose()
    {
        base.Dispose();
        _oneReads.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await CatchUpAsync(null, null, stoppingToken);
        }
        catch (OperationCanceledException)
        {
        }
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

    private static NodeStatistics Row(OperationLine operation, DeploymentSnapshot it, NodeSnapshot node) => new(
        operation.Id,
        operation.Kind,
        operation.User,
        operation.Environment,
        node.Node,
        DeploymentMapping.ToContract(node.Verdict),
        it.CreatedAt,
        Seconds((node.EndedAt ?? it.EndedAt!.Value) - it.CreatedAt),
        Retries(node.Steps),
        node.MacroSeconds(it.EndedAt!.Value).ToDictionary(m => m.Key, m => Math.Round(m.Value, 3)),
        node.Failure?.Stage,
        node.Failure?.Reason);

    private static IEnumerable<StepStatistics> Steps(DeploymentSnapshot it, NodeSnapshot node) => node.Steps.Select(step => new StepStatistics(
        it.Id, node.Node, step.MacroStep, step.Instance, step.MicroStep, step.Attempt, step.StartedAt, Seconds((step.EndedAt ?? it.EndedAt!.Value) - step.StartedAt), step.Outcome));

    private static double Seconds(TimeSpan span) => Math.Round(span.TotalSeconds, 3);

    // One journal that cannot be read must not cost the history of all others.
    private DeploymentSnapshot? Read(string id)
    {
        try
        {
            return DeploymentHistory.Replay(journal.Load(id));
        }
        catch (Exception e) when (e is InvalidDataException or JsonException)
        {
            Unreadable(log, id, e.Message);
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Operation}: its journal cannot be read, statistics do without it: {Why}")]
    private static partial void Unreadable(ILogger log, string operation, string why);
}
