namespace Kadeploy.Deployments.Engine.Live;

/// <summary>The driver's side of one execution.</summary>
/// <param name="call">The call.</param>
/// <param name="nodes">Names of its nodes: a report about another node is a driver's mistake and is dropped.</param>
/// <param name="finished">Where outcomes go.</param>
/// <param name="progress">Where progress goes.</param>
internal sealed class StepReport(
    DriverCall call,
    IReadOnlySet<string> nodes,
    Action<DriverCall, string, Outcome> finished,
    Action<DriverCall, string, string, long, long> progress) : IStepReport
{
    public void Finished(string node, Outcome outcome)
    {
        ArgumentNullException.ThrowIfNull(outcome);
        if (nodes.Contains(node))
            finished(call, node, outcome);
    }

    public void Progress(string node, string activity, long done = 0, long total = 0)
    {
        ArgumentNullException.ThrowIfNull(activity);
        if (nodes.Contains(node) && !call.Over)
            progress(call, node, activity, done, total);
    }

    public CancellationToken TokenOf(string node) => nodes.Contains(node) ? call.TokenOf(node) : call.Token;

    public void LetGo(string node)
    {
        if (nodes.Contains(node))
            call.LetGo(node);
    }
}
