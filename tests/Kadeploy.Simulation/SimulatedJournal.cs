using Kadeploy.Deployments.Engine.Journal;
using Kadeploy.Deployments.Engine.State;

namespace Kadeploy.Simulation;

/// <summary>A journal whose controller is killed at chosen writes, before or after the write has reached the disk. Folds what it holds, for the invariants.</summary>
internal sealed class SimulatedJournal(TimeProvider time, Action<JournalEntry> kept) : IDeploymentJournal
{
    private readonly List<JournalEntry> _entries = [];
    private readonly Dictionary<string, DeploymentState> _states = [];
    private readonly HashSet<(string Execution, string Node)> _begun = [];

    /// <summary>Numbers of the writes at which the controller dies, and whether the write was kept.</summary>
    public Dictionary<int, bool> Crashes { get; } = [];

    public int Writes { get; private set; }

    public IReadOnlyList<JournalEntry> Entries => _entries;

    /// <summary>What the journal says of each deployment: what a restarted controller would know.</summary>
    public IReadOnlyDictionary<string, DeploymentState> States => _states;

    /// <summary>Whether the journal says, or has said, that the node runs this execution.</summary>
    public bool HasBegun(string execution, string node) => _begun.Contains((execution, node));

    public async Task AppendAsync(IReadOnlyList<JournalEntry> entries, CancellationToken cancellationToken)
    {
        // Disks take their time: what acts before it is written gets the chance to be caught.
        await Task.Delay(TimeSpan.FromMilliseconds(2), time, cancellationToken);
        var crashes = Crashes.TryGetValue(++Writes, out var keep);
        if (!crashes || keep)
        {
            foreach (var entry in entries)
                Keep(entry);
        }

        if (crashes)
            throw new IOException("killed");
    }

    public Task<IReadOnlyList<JournalEntry>> LoadUnfinishedAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<JournalEntry>>([.. _entries.Where(e => _states[e.Deployment].EndedAt is null)
            .GroupBy(e => e.Deployment).SelectMany(g => g.OrderBy(e => e.Sequence))]);

    private void Keep(JournalEntry entry)
    {
        _entries.Add(entry);
        // By way of its text: what cannot be read back must be found here.
        var happening = JournalText.Read(entry.Body);
        _states[entry.Deployment] = happening is Happening.Submitted submitted
            ? Reducer.Start(submitted, entry.At).State
            : Reducer.Reduce(_states[entry.Deployment], happening, entry.At)!.State;
        foreach (var step in _states[entry.Deployment].Running.Values)
            _begun.UnionWith(step.Nodes.Select(n => (step.Id, n)));
        kept(entry);
    }
}
