using Kadeploy.Deployments.Engine.Journal;
using Kadeploy.Deployments.Engine.Live;
using Kadeploy.Deployments.Engine.State;

namespace Kadeploy.Deployments.Engine;

/// <summary>Reads journals of deployments that the engine no longer has in memory.</summary>
public static class DeploymentHistory
{
    /// <summary>The picture that a whole journal of one deployment gives.</summary>
    /// <param name="entries">All entries of one deployment, by sequence.</param>
    /// <exception cref="InvalidDataException">It is not a whole journal.</exception>
    public static DeploymentSnapshot Replay(IReadOnlyList<JournalEntry> entries) =>
        Snapshots.Of(Fold(entries, static _ => { }), static _ => null);

    /// <summary>The state that a journal gives, telling its events on the way.</summary>
    internal static DeploymentState Fold(IReadOnlyList<JournalEntry> entries, Action<IReadOnlyList<DeploymentEvent>> told)
    {
        DeploymentState? state = null;
        foreach (var entry in entries)
        {
            if (entry.Sequence != (state?.Entries ?? 0) + 1)
                throw new InvalidDataException($"the journal of {entry.Deployment} goes from entry {state?.Entries ?? 0} to {entry.Sequence}");
            var happening = JournalText.Read(entry.Body);
            var reduction = (state, happening) switch
            {
                (null, Happening.Submitted submitted) => Reducer.Start(submitted, entry.At),
                (null, _) => throw new InvalidDataException($"the journal of {entry.Deployment} begins with {entry.Kind}"),
                _ => Reducer.Reduce(state, happening, entry.At),
            };
            // An entry that changes nothing was written by another version of the rules; its number counts all the same.
            state = reduction?.State ?? state! with { Entries = state.Entries + 1 };
            told(reduction?.Events ?? []);
        }

        return state ?? throw new InvalidDataException("an empty journal");
    }
}
