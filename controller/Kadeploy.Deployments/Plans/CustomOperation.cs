namespace Kadeploy.Deployments.Plans;

/// <summary>
/// Something of the site's or the user's that runs on the nodes within a plan: by the agent in the deployment environment, over SSH in the
/// installed system; never on the controller.
/// </summary>
/// <param name="Name">For messages; needed.</param>
/// <param name="Action">What it does.</param>
/// <param name="Command">For exec: the command line; else empty.</param>
/// <param name="Content">For send and run: the file, base64; else empty.</param>
/// <param name="Destination">For send: where the file goes, with <c>$KADEPLOY_…</c> replaced; else empty.</param>
/// <param name="Parameters">For run: its arguments as a shell reads them; else empty.</param>
/// <param name="Timeout">How long one try may take.</param>
/// <param name="Retries">How many more tries after the first one.</param>
/// <param name="IgnoreFailure">Whether a node goes on when all tries have failed.</param>
public sealed record CustomOperation(
    string Name,
    CustomAction Action,
    string Command,
    string Content,
    string Destination,
    string Parameters,
    TimeLimit Timeout,
    int Retries,
    bool IgnoreFailure)
{
    /// <summary>How long a try may take when nobody says otherwise.</summary>
    public static TimeLimit DefaultTimeout { get; } = TimeLimit.Seconds(600);

    /// <summary>What is wrong with it; empty when all is well.</summary>
    /// <param name="field">Where it was given.</param>
    public IEnumerable<PlanError> Problems(string field)
    {
        if (string.IsNullOrWhiteSpace(Name))
            yield return new($"{field}.name", "a custom operation needs a name");
        if (Action == CustomAction.Exec && string.IsNullOrWhiteSpace(Command))
            yield return new($"{field}.command", "exec needs a command");
        if (Action != CustomAction.Exec && Content.Length == 0)
            yield return new($"{field}.file", $"{Action.ToString().ToLowerInvariant()} needs a file that is not empty");
        if (Action == CustomAction.Send && string.IsNullOrWhiteSpace(Destination))
            yield return new($"{field}.destination", "send needs a destination");
        if (Retries is < 0 or > PlanValidation.MostRetries)
            yield return new($"{field}.retries", $"{Retries} is not between 0 and {PlanValidation.MostRetries}");
        if ((Timeout.Problem() ?? (Timeout.For(1) == TimeSpan.Zero ? "every operation needs a deadline" : null)) is { } problem)
            yield return new($"{field}.timeout", problem);
    }

    /// <inheritdoc/>
    public override string ToString() => Action switch
    {
        CustomAction.Exec => $"{Name}: exec {Command}",
        CustomAction.Send => $"{Name}: send a file to {Destination}",
        _ => $"{Name}: run a script {Parameters}".TrimEnd(),
    };
}
