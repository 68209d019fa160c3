namespace Kadeploy.Deployments.Engine;

/// <summary>What a driver tells the engine while a micro-step runs. Thread-safe; never blocks.</summary>
public interface IStepReport
{
    /// <summary>The final outcome of one node.</summary>
    void Finished(string node, Outcome outcome);

    /// <summary>
    /// What one node is doing, for live display and for the verdict when its deadline passes ("last seen: iPXE fetched its profile").
    /// </summary>
    /// <param name="node">Node name.</param>
    /// <param name="activity">For a person.</param>
    /// <param name="done">Bytes done, 0 without a measure.</param>
    /// <param name="total">Bytes in all, 0 when unknown.</param>
    void Progress(string node, string activity, long done = 0, long total = 0);

    /// <summary>
    /// Cancelled when the node is to be let go: it was cancelled or taken over by another operation while others of the set go on, or the
    /// whole call was cancelled. A driver that works on each node for itself stops there, and says so by <see cref="LetGo"/>.
    /// </summary>
    CancellationToken TokenOf(string node);

    /// <summary>Nothing is done to the node any more in this call. Until then, for a while, nobody else begins anything with it.</summary>
    void LetGo(string node);
}
