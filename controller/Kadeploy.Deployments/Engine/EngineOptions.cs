namespace Kadeploy.Deployments.Engine;

/// <summary>How the engine behaves.</summary>
public sealed record EngineOptions
{
    /// <summary>What holds when nothing is configured.</summary>
    public static EngineOptions Default { get; } = new();

    /// <summary>How many finished deployments stay in memory for queries and late watchers; older ones are read from the journal by the storage.</summary>
    public int FinishedKept { get; init; } = 100;

    /// <summary>
    /// How long a cancelled driver call may take to return before its nodes are used again all the same: a driver that ignores its
    /// token must not stop the others.
    /// </summary>
    public TimeSpan CancelGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Windows by name; a name that is not here lets everybody in at once.</summary>
    public IReadOnlyDictionary<string, WindowSize> Windows { get; init; } = new Dictionary<string, WindowSize>();

    /// <summary>
    /// Told, once the journal has it, that the outcomes of these nodes were heard in an execution: whoever keeps them for us may let go. Must not throw.
    /// </summary>
    public Action<string, IReadOnlyCollection<string>> Heard { get; init; } = static (_, _) => { };

    /// <summary>Told of what should not happen (a driver that throws, one that ignores its token), for the log. Must not throw.</summary>
    public Action<string, Exception?> Notice { get; init; } = static (_, _) => { };
}
