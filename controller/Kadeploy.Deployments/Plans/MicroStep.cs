namespace Kadeploy.Deployments.Plans;

/// <summary>The smallest thing a plan asks of a driver.</summary>
/// <param name="Name">Kadeploy's name: <c>switch_pxe</c>, <c>wait_reboot</c>… (<see cref="StepCatalogue"/>).</param>
/// <param name="Arguments">For the driver: <c>profile</c> = <c>deploy</c>…</param>
/// <param name="Limit">How long one execution may take; nodes that have not finished by then fail.</param>
public sealed record MicroStep(string Name, IReadOnlyDictionary<string, string> Arguments, TimeLimit Limit)
{
    /// <summary>Laid over <see cref="Arguments"/> from the second attempt of an instance on: a reboot that was <c>soft</c> comes back as <c>hard</c>.</summary>
    public IReadOnlyDictionary<string, string> ArgumentsOnRetry { get; init; } = new Dictionary<string, string>();

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
        if (attempt == 1 || ArgumentsOnRetry.Count == 0)
            return Arguments;
        var merged = new Dictionary<string, string>(Arguments);
        foreach (var (name, value) in ArgumentsOnRetry)
            merged[name] = value;
        return merged;
    }
}
