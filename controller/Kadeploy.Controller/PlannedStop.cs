namespace Kadeploy.Controller;

/// <summary>
/// How far a planned stop has come. 1: it has begun: no new operations, no new micro-steps; those that will soon be over are waited for.
/// 2: the agents' streams are cut, and the agents dial again until the next kadeployd answers.
/// </summary>
internal sealed class PlannedStop : IDisposable
{
    private readonly CancellationTokenSource _cut = new();
    private volatile bool _begun;

    public bool HasBegun => _begun;

    /// <summary>Cancelled when the agents' streams are to end.</summary>
    public CancellationToken Cut => _cut.Token;

    public void Begin() => _begun = true;

    public void CutAgents() => _cut.Cancel();

    public void Dispose() => _cut.Dispose();
}
