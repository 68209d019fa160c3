using System.Collections.Immutable;

namespace Kadeploy.Transfer;

/// <summary>
/// What a node remembers of its search for a feed within one epoch, and every decision of that search (docs/chain-protocol.md, "Who feeds whom").
/// A value without clock, socket or thread: <see cref="Upstream"/> acts on it, and the tests explore all its interleavings.
/// </summary>
internal sealed record FeedSearch
{
    // A node that took three places in turn and received nothing in any must not put everybody out.
    private const int MostBarren = 3;

    public static FeedSearch Start { get; } = new();

    /// <summary>Members not to ask in this round, and why; <see cref="VerdictCode.None"/>: without blame.</summary>
    public ImmutableDictionary<int, VerdictCode> Passed { get; init; } = ImmutableDictionary<int, VerdictCode>.Empty;

    /// <summary>The member blamed last, or -1.</summary>
    public int LastPassed { get; init; } = -1;

    /// <summary>Resets in turn by the same member.</summary>
    public int Resets { get; init; }

    /// <summary>Places held in turn without a byte.</summary>
    public int Barren { get; init; }

    /// <summary>Why the member blamed last was passed over.</summary>
    public VerdictCode LastVerdict => Passed.GetValueOrDefault(LastPassed);

    /// <summary>The nearest member below an index that may be asked, or -1.</summary>
    public int Next(int below, ImmutableHashSet<int> dead)
    {
        for (var i = below - 1; i >= 0; i--)
            if (!Passed.ContainsKey(i) && !dead.Contains(i))
                return i;
        return -1;
    }

    /// <summary>Everybody was asked: from the nearest again.</summary>
    public FeedSearch Round() => this with { Passed = Passed.Clear() };

    /// <summary>
    /// A member did not give its place. <paramref name="early"/>: so soon after the start that it may not have the plan yet. <paramref name="whole"/>: this
    /// node has all bytes and asks only to tell so; then a member that is gone has most likely done its work.
    /// </summary>
    public (FeedSearch Search, FeedStep Step) Declined(int index, HelloStatus? answer, CallError error, bool early, bool whole) => answer switch
    {
        HelloStatus.PassedOver => (this, FeedStep.PassedOver),
        HelloStatus.OldPlan or HelloStatus.NewPlan => (this, FeedStep.Again),
        not null => Skip(index),
        null when error is (CallError.RefusedByHost or CallError.Unknown) && early => (this, FeedStep.Again),
        null when error is (CallError.RefusedByHost or CallError.Unknown) && whole => Skip(index),
        null when error is CallError.HungUp => Reset(index),
        null => Blame(index, error switch
        {
            CallError.NoRoute or CallError.NoAnswerFromHost => VerdictCode.Silent,
            CallError.Unanswered => VerdictCode.Frozen,
            CallError.Foreign => VerdictCode.Foreign,
            _ => VerdictCode.Dead,
        }),
    };

    /// <summary>A link ended. <paramref name="verdict"/> is None for a reset; <paramref name="gave"/>: bytes came, or none were needed.</summary>
    public (FeedSearch Search, FeedStep Step) Ended(int index, bool evicted, VerdictCode verdict, bool gave)
    {
        var next = this with { Barren = gave ? 0 : Barren + 1, Resets = gave ? 0 : Resets };
        if (evicted)
            return (next, FeedStep.PassedOver);
        if (next.Barren >= MostBarren)
            return (next, FeedStep.Leave);
        return verdict switch
        {
            VerdictCode.None => next.Reset(index),
            VerdictCode.Left or VerdictCode.Replanned => next.Skip(index),
            _ => next.Blame(index, verdict),
        };
    }

    /// <summary>A reset may be the connection's and not the member's: the same one is tried again once, then passed over.</summary>
    public (FeedSearch Search, FeedStep Step) Reset(int index) =>
        Resets > 0 ? Blame(index, VerdictCode.Dead) : (this with { Resets = 1 }, FeedStep.Again);

    private (FeedSearch, FeedStep) Skip(int index) => (this with { Passed = Passed.SetItem(index, VerdictCode.None), Resets = 0 }, FeedStep.Next);

    private (FeedSearch, FeedStep) Blame(int index, VerdictCode verdict) =>
        (this with { Passed = Passed.SetItem(index, verdict), LastPassed = index, Resets = 0 }, FeedStep.PassOver);
}
