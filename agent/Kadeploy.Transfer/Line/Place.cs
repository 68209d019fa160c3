using System.Collections.Immutable;

namespace Kadeploy.Transfer;

/// <summary>
/// A member's one place for a successor in the line, and every decision about it (docs/chain-protocol.md, "Who feeds whom"). One at a time, so the
/// line cannot fork; only for a higher index of the same epoch, so it cannot loop. A value without clock, socket or thread:
/// <see cref="Downstream"/> acts on it, and the tests explore all its interleavings.
/// </summary>
/// <param name="Present">Index of the successor, or -1 while the place is vacant.</param>
/// <param name="Last">Index of the latest successor of this epoch, or -1.</param>
/// <param name="SubtreeDone">The latest successor said that everyone from it on has verified the image.</param>
internal readonly record struct Place(int Present, int Last, bool SubtreeDone)
{
    public static Place Vacant { get; } = new(-1, -1, false);

    /// <summary>
    /// A caller asks for the place. <paramref name="behind"/>: it asks for bytes so far back that it would hold up the line; only one who comes in the stead
    /// of a lost successor may, since it brings all after it. Ok: it has the place, and whoever had it is out (<see cref="Loses"/>).
    /// </summary>
    public (Place Place, HelloStatus Answer) Asked(
        int caller, int epoch, int server, int self, int members, int ownEpoch, bool inLine, bool behind)
    {
        var answer = !inLine ? HelloStatus.NotInLine
            : epoch < ownEpoch ? HelloStatus.OldPlan
            : epoch > ownEpoch ? HelloStatus.NewPlan
            : caller <= self || caller >= members || server != self ? HelloStatus.Refused
            : Present > caller || (behind && (Last < 0 || caller <= Last)) ? HelloStatus.PassedOver
            : HelloStatus.Ok;
        return answer == HelloStatus.Ok ? (new Place(caller, caller, false), answer) : (this, answer);
    }

    /// <summary>
    /// Why the one who has the place loses it to a caller: what the caller says of it, if it was it that the caller passed over; Replanned, which
    /// blames nobody, if it is the caller itself that comes again. None: the place is vacant.
    /// </summary>
    public VerdictCode Loses(int caller, int accused, VerdictCode verdict) => Present < 0 ? VerdictCode.None
        : Present == caller ? VerdictCode.Replanned
        : Present == accused && verdict != VerdictCode.None ? verdict
        : VerdictCode.PassedOver;

    /// <summary>The successor is gone.</summary>
    public Place Vacated() => this with { Present = -1 };

    /// <summary>Everyone from the successor on has the image.</summary>
    public Place Done() => this with { SubtreeDone = true };

    /// <summary>A new epoch: indices say something else now, and whoever was put out may come again.</summary>
    public Place Replanned() => this with { Present = -1, Last = -1 };

    /// <summary>Whether somebody may still come for the place.</summary>
    public bool Expects(int self, int members, ImmutableHashSet<int> dead)
    {
        if (Present >= 0 || SubtreeDone)
            return false;
        for (var i = Math.Max(self, Last) + 1; i < members; i++)
            if (!dead.Contains(i))
                return true;
        return false;
    }

    /// <summary>Nobody after this member needs it any more. <paramref name="graceOver"/>: it waited long enough for whoever may still come.</summary>
    public bool Settled(bool inLine, int self, int members, ImmutableHashSet<int> dead, bool graceOver) =>
        SubtreeDone || !inLine || (Present < 0 && (graceOver || !Expects(self, members, dead)));
}
