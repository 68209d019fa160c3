namespace Kadeploy.TestSupport;

/// <summary>A rogue's connection to the agents' port that stays open.</summary>
/// <param name="answer">The first answer.</param>
/// <param name="held">What keeps it open, the call before its channel.</param>
public sealed class RogueSession<TAnswer>(TAnswer answer, params IDisposable[] held) : IDisposable
{
    /// <summary>The first answer.</summary>
    public TAnswer Answer => answer;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var each in held)
            each.Dispose();
    }
}
