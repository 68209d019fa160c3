using Kadeploy.Deployments.Engine.Journal;

namespace Kadeploy.Deployments.Tests.Engine;

/// <summary>A journal of which the first entry is lost.</summary>
internal sealed class BrokenJournal : IDeploymentJournal
{
    public Task AppendAsync(IReadOnlyList<JournalEntry> entries, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<IReadOnlyList<JournalEntry>> LoadUnfinishedAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<JournalEntry>>([new("D-1", 2, default, "resumed", """{"$type":"resumed"}""", false, [])]);
}
