using Kadeploy.Controller.Power;
using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Nodes;
using Kadeploy.Deployments.Plans;

namespace Kadeploy.Controller.Drivers;

/// <summary>
/// Tries a power command at one level after the other, as Kadeploy3 does: nodes at which a level fails, or that do not have it, climb to the
/// next together. At <c>very_hard</c> a group's power is touched once, and only when the whole group has come that far.
/// </summary>
internal sealed class LevelClimb(IGroupPower groups)
{
    /// <param name="execution">The nodes; the argument <c>level</c> is where they begin.</param>
    /// <param name="report">Gets each node's outcome.</param>
    /// <param name="command">What is asked of a group.</param>
    /// <param name="at">Does it at one node and level; a <see cref="NotAtThisLevel"/> climbs without a word.</param>
    /// <param name="ready">What there is to do to a node before its group is switched.</param>
    /// <param name="done">What there is to do and to know of it then.</param>
    public async Task RunAsync(
        StepExecution execution, IStepReport report, PowerCommand command, Func<Node, string, CancellationToken, Task<Outcome>> at, Func<Node, CancellationToken, Task> ready,
        Func<Node, Task<Outcome>> done)
    {
        var remaining = execution.Nodes;
        var failures = new Dictionary<string, Outcome.Failed>();
        foreach (var level in PowerLevels.From(execution.Arguments.GetValueOrDefault("level", "hard")))
        {
            var switched = level == PowerLevels.All[^1] ? SwitchGroups(remaining, command, ready, report) : [];
            var last = level == PowerLevels.All[^1];
            var outcomes = await Task.WhenAll(remaining.Select(node => OneAsync(node, level, last, switched.GetValueOrDefault(node.Name))));
            remaining = [.. remaining.Zip(outcomes).Where(o => o.Second).Select(o => o.First)];
            if (remaining.Count == 0)
                return;
        }

        // True: it climbs.
        async Task<bool> OneAsync(Node node, string level, bool last, Task<PowerOutcome?>? group)
        {
            var token = report.TokenOf(node.Name);
            try
            {
                var together = group is null ? null : await group.WaitAsync(token);
                var outcome = together is null ? await at(node, level, token) : together.Failure as Outcome ?? await done(node);
                if (outcome is not Outcome.Failed failed)
                {
                    report.Finished(node.Name, outcome);
                    return false;
                }
                // What a lower level said is worth more than "there is no such level".
                if (failed != NotAtThisLevel || !failures.ContainsKey(node.Name))
                    failures[node.Name] = failed;
                if (!last)
                {
                    if (failed != NotAtThisLevel)
                        report.Progress(node.Name, $"{level} did not do: {failed.Reason}, {failed.Detail}");
                    return true;
                }
                report.Finished(node.Name, failures[node.Name]);
                return false;
            }
            catch (OperationCanceledException) when (token.IsCancellationRequested)
            {
                // Whoever has the node next must not have its power taken away by us.
                if (group is not null)
                    await group;
                report.LetGo(node.Name);
                return false;
            }
        }
    }

    /// <summary>The outcome of a node that cannot be reached at a level.</summary>
    public static Outcome.Failed NotAtThisLevel { get; } = new(
        Party.Bmc, "no-such-level", "the node has nothing that can do it: no system that answers, no BMC, no PDU");

    // The group's command serves all its nodes, and what was switched off is switched on again: once begun it is not cancelled. Null: one has left before.
    private Dictionary<string, Task<PowerOutcome?>> SwitchGroups(IReadOnlyList<Node> nodes, PowerCommand command, Func<Node, CancellationToken, Task> ready, IStepReport report)
    {
        var here = nodes.ToDictionary(n => n.Name);
        var names = here.Keys.ToHashSet();
        var tasks = new Dictionary<string, Task<PowerOutcome?>>();
        foreach (var group in nodes.Select(n => groups.GroupOf(n.Name)).OfType<PowerGroup>().DistinctBy(g => g.Name))
        {
            if (!group.IsWholeIn(names))
                continue;
            var task = SwitchAsync(group);
            foreach (var name in group.Nodes)
                tasks[name] = task;
        }
        return tasks;

        async Task<PowerOutcome?> SwitchAsync(PowerGroup group)
        {
            await Task.WhenAll(group.Nodes.Select(ReadyAsync));
            if (group.Nodes.Any(name => report.TokenOf(name).IsCancellationRequested))
                return null;
            foreach (var name in group.Nodes)
                report.Progress(name, $"{command} of {group.Name}, whose nodes are all here: {NodeSet.Fold(group.Nodes)}");
            return await groups.RunAsync(group, command, CancellationToken.None);
        }

        async Task ReadyAsync(string name)
        {
            var token = report.TokenOf(name);
            try
            {
                await ready(here[name], token);
            }
            catch (OperationCanceledException) when (token.IsCancellationRequested)
            {
                // That is looked at when all are ready.
            }
        }
    }
}
