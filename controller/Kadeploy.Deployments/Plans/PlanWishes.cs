namespace Kadeploy.Deployments.Plans;

/// <summary>What one request wants otherwise than its clusters are configured.</summary>
public sealed record PlanWishes
{
    /// <summary>The macro-steps of a deployment, in the order in which they run.</summary>
    public static IReadOnlyList<string> MacroSteps { get; } = ["SetDeploymentEnv", "BroadcastEnv", "BootNewEnv"];

    /// <summary>Instances by macro-step, in place of the cluster's.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<InstanceSettings>> Steps { get; init; } = new Dictionary<string, IReadOnlyList<InstanceSettings>>();

    /// <summary>Time limits by micro-step, in place of the cluster's.</summary>
    public IReadOnlyDictionary<string, TimeLimit> Limits { get; init; } = new Dictionary<string, TimeLimit>();

    /// <summary>Custom operations beside the cluster's.</summary>
    public IReadOnlyList<PlacedOperation> CustomOperations { get; init; } = [];

    /// <summary>Nodes stop before this step: <c>MACRO</c> or <c>MACRO:MICRO</c>; null for none.</summary>
    public string? Breakpoint { get; init; }

    /// <summary>Whether the partition table is left as it is.</summary>
    public bool KeepPartitions { get; init; }

    /// <summary>Whether no boot loader is installed.</summary>
    public bool NoBootloader { get; init; }

    /// <summary>The settings of a cluster with the wishes laid over them.</summary>
    /// <param name="settings">The cluster's.</param>
    /// <param name="errors">Gets what cannot be laid over anything.</param>
    public PlanSettings Over(PlanSettings settings, List<PlanError> errors)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(errors);
        foreach (var name in Steps.Keys.Where(name => !MacroSteps.Contains(name)))
            errors.Add(new(name, $"unknown macro-step; known: {string.Join(", ", MacroSteps)}"));
        return settings with
        {
            SetDeploymentEnv = Steps.GetValueOrDefault("SetDeploymentEnv", settings.SetDeploymentEnv),
            BroadcastEnv = Steps.GetValueOrDefault("BroadcastEnv", settings.BroadcastEnv),
            BootNewEnv = Steps.TryGetValue("BootNewEnv", out var boot) ? boot : settings.BootNewEnv,
            Limits = settings.Limits.Where(l => !Limits.ContainsKey(l.Key)).Concat(Limits).ToDictionary(),
            RequestedOperations = CustomOperations,
            Breakpoint = Breakpoint,
            Partitioning = settings.Partitioning && !KeepPartitions,
            Bootloader = settings.Bootloader && !NoBootloader,
        };
    }
}
