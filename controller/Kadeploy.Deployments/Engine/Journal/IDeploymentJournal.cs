namespace Kadeploy.Deployments.Engine.Journal;

/// <summary>Where deployments outlive the controller. The engine acts on nothing that is not in here.</summary>
public interface IDeploymentJournal
{
    /// <summary>
    /// Appends the entries in one transaction and returns when they would survive a power cut. Called by one caller at a time.
    /// An exception stops the engine: what cannot be remembered must not be done.
    /// </summary>
    Task AppendAsync(IReadOnlyList<JournalEntry> entries, CancellationToken cancellationToken);

    /// <summary>All entries of every unfinished deployment, by deployment in the order of submission and then by sequence.</summary>
    Task<IReadOnlyList<JournalEntry>> LoadUnfinishedAsync(CancellationToken cancellationToken);
}
