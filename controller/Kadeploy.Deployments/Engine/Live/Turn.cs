using Kadeploy.Deployments.Engine.Journal;
using Kadeploy.Deployments.Engine.State;

namespace Kadeploy.Deployments.Engine.Live;

/// <summary>What one turn of the loop has decided and not yet written: first the journal, then the rest, in order.</summary>
internal sealed class Turn
{
    private readonly List<(Action Give, Action<Exception> Abandon)> _answers = [];

    public List<JournalEntry> Entries { get; } = [];

    public List<(LiveDeployment Live, Reduction Reduction)> Reductions { get; } = [];

    /// <summary>Whose outcomes the turn took note of, by execution.</summary>
    public List<(string Execution, IReadOnlyCollection<string> Nodes)> Heard { get; } = [];

    public void Add(LiveDeployment live, Happening happening, DateTimeOffset at, Reduction reduction)
    {
        live.State = reduction.State;
        Entries.Add(new(
            reduction.State.Id,
            reduction.State.Entries,
            at,
            JournalText.KindOf(happening),
            JournalText.Write(happening),
            reduction.State.EndedAt is not null,
            reduction.Verdicts)
        {
            Takes = happening is Happening.Submitted submitted && InterruptTable.Owns(submitted.Request.Kind)
                ? [.. submitted.Assignments.SelectMany(a => a.Nodes).Select(n => n.Name)]
                : [],
        });
        Reductions.Add((live, reduction));
    }

    /// <summary>An answer to whoever waits, given once the journal has what it says.</summary>
    public void Answer<T>(TaskCompletionSource<T> to, T answer) =>
        _answers.Add((() => to.TrySetResult(answer), why => to.TrySetException(why)));

    public void GiveAnswers()
    {
        foreach (var (give, _) in _answers)
            give();
        _answers.Clear();
    }

    public void Abandon(Exception why)
    {
        foreach (var (_, abandon) in _answers)
            abandon(why);
    }
}
