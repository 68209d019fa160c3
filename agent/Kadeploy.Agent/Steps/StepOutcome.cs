namespace Kadeploy.Agent.Steps;

/// <summary>How a micro-step ended on this machine.</summary>
internal abstract record StepOutcome;

/// <param name="Facts">What later steps or the verdict need; names as in agent.proto's Done.</param>
/// <param name="Afterwards">Runs once the controller has acknowledged the result, or soon after if it does not: what ends this system.</param>
internal sealed record StepDone(IReadOnlyDictionary<string, string> Facts, Action? Afterwards = null) : StepOutcome
{
    public static StepDone Plain { get; } = new(new Dictionary<string, string>());
}

/// <param name="Reason">Stable code in kebab case, for decisions.</param>
/// <param name="Detail">For a person: what, with what; cut to <see cref="DetailLimit"/> characters.</param>
internal sealed record StepFailed(string Party, string Reason, string Detail) : StepOutcome
{
    /// <summary>UTF-8 makes at most 4 KiB of them in any text that programs print here.</summary>
    public const int DetailLimit = 2000;

    public string Detail { get; } = Detail.Length <= DetailLimit ? Detail : $"{Detail[..(DetailLimit / 2)]} [...] {Detail[^(DetailLimit / 2 - 10)..]}";
}
