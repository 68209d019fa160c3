using Kadeploy.Deployments.Engine.Journal;

namespace Kadeploy.Deployments.Tests.Engine;

/// <summary>A journal that survives engines, not processes, and can be told to fail.</summary>
internal sealed class MemoryJournal : IDeploymentJournal
{
    private readonly List<JournalEntry> _entries = [];

    /// <summary>The write that fails, from 1; 0 for none.</summary>
    public int FailAt { get; set; }

    /// <summary>Whether the failing write is kept all the same: the crash came after it.</summary>
    public bool KeepFailing { get; set; }

    public int Writes { get; private set; }

    public IReadOnlyList<JournalEntry> Entries => _entries;

    public Task AppendAsync(IReadOnlyList<JournalEntry> entries, CancellationToken cancellationToken)
    {
        var fails = ++Writes == FailAt;
        if (!fails || KeepFailing)
            _entries.AddRange(entries);
        return fails ? Task.FromException(new IOException("the disk is gone")) : Task.CompletedTask;
    }

    public Task<IReadOnlyList<JournalEntry>> LoadUnfinishedAsync(CancellationToken cancellationToken)
    {
        var ended = _entries.Where(e => e.Ends).Select(e => e.Deployment).ToHashSet();
        return Task.FromResult<IReadOnlyList<JournalEntry>>(
            [.. _entries.Where(e => !ended.Contains(e.Deployment)).GroupBy(e => e.Deployment).SelectMany(g => g.OrderBy(e => e.Sequence))]);
    }
}
