namespace Kadeploy.Deployments.Plans;

/// <summary>The smallest thing a plan asks of a driver.</summary>
/// <param name="Name">Kadeploy's name: <c>switch_pxe</c>, <c>wait_reboot</c>… (<see cref="StepCatalogue"/>).</param>
/// <param name="Arguments">For the driver: <c>profile</c> = <c>deploy</c>…</param>
/// <param name="Limit">How long one execution may take; nodes that have not finished by then fail.</param>
public sealed record MicroStep(string Name, IReadOnlyDictionary<string, string> Arguments, TimeLimit Limit)
{
    /// <summary>
    /// What the argument <c>level</c> is at each attempt of an instance, the last one for all further attempts: a reboot that was <c>soft</c>
    /// comes back as <c>hard</c>. Null for a step without levels.
    /// </summary>
    public IReadOnlyList<string>? Levels { get; init; }

    /// <summary>For the step <c>custom</c>: what it does.</summary>
    public CustomOperation? Custom { get; init; }

    /// <summary>
    /// How long the nodes that are done wait for the others once half of the set has finished; then the set splits, the ready ones go on
    /// and the late ones follow on their own within the same limit. Null: everybody waits for everybody until the limit.
    /// </summary>
    public TimeLimit? Patience { get; init; }

    /// <summary>
    /// The window through which nodes enter this step (<see cref="Engine.EngineOptions.Windows"/>), or null. Time spent before it counts
    /// towards no limit.
    /// </summary>
    public string? Window { get; init; }

    /// <summary>Nodes stop before this step and keep what they have: for a person to look at.</summary>
    public bool Breakpoint { get; init; }

    /// <summary>The arguments of one attempt.</summary>
    /// <param name="attempt">1 for the first.</param>
    public IReadOnlyDictionary<string, string> ArgumentsOf(int attempt)
    {
        if (Levels is not { Count: > 0 } levels)
            return Arguments;
        return new Dictionary<string, string>(Arguments) { ["level"] = levels[Math.Min(attempt, levels.Count) - 1] };
    }
}
