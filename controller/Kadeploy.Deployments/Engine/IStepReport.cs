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
}
