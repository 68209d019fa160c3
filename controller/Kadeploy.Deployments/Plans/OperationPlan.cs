using Kadeploy.Deployments.Engine;

namespace Kadeploy.Deployments.Plans;

/// <summary>
/// Makes the plans of reboots and of power operations. Kadeploy3's micro-steps; unlike there, a reboot whose system does not come up is tried
/// again at the next level, since a command that was accepted is not one that was carried out.
/// </summary>
public static class OperationPlan
{
    /// <summary>Kinds of reboot by the request's word, and their macro-steps.</summary>
    public static IReadOnlyDictionary<string, string> RebootKinds { get; } = new Dictionary<string, string>
    {
        ["simple"] = "Simple",
        ["set_pxe"] = "SetPXE",
        ["deploy_env"] = "DeployEnv",
        ["recorded_env"] = "RecordedEnv",
    };

    /// <summary>Power actions by the request's word, and their macro-steps.</summary>
    public static IReadOnlyDictionary<string, string> PowerActions { get; } = new Dictionary<string, string>
    {
        ["on"] = "On",
        ["off"] = "Off",
        ["cycle"] = "Cycle",
        ["reset"] = "Reset",
        ["status"] = "Status",
    };

    /// <summary>The plan of a reboot.</summary>
    /// <param name="request">What was asked for.</param>
    /// <param name="kind">One of <see cref="RebootKinds"/>.</param>
    /// <param name="level">Level of the first try; each further try is one level up.</param>
    /// <param name="settings">The cluster's configuration with the request's wishes.</param>
    /// <param name="plan">The plan; meaningless when there are errors.</param>
    /// <returns>What is wrong, naming fields; empty when all is well.</returns>
    public static IReadOnlyList<PlanError> TryMakeReboot(DeploymentRequest request, string kind, string level, PlanSettings settings, out Plan plan)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(settings);
        var errors = new List<PlanError>();
        if (!RebootKinds.TryGetValue(kind, out var macro))
            errors.Add(new("kind", $"'{kind}' is none of {string.Join(", ", RebootKinds.Keys)}"));
        CheckLevel(level, errors);
        var profile = kind switch { "set_pxe" => "custom", "deploy_env" => "deploy", "recorded_env" => "local", _ => null };
        MicroStep[] steps =
        [
            .. profile is null ? [] : new[] { InstanceCatalogue.Step("switch_pxe", ("profile", profile)) },
            InstanceCatalogue.Reboot(profile ?? "kept", level),
            .. request.Vlan is null ? [] : new[] { InstanceCatalogue.Step("set_vlan") },
            InstanceCatalogue.Step("wait_reboot", ("system", kind == "deploy_env" ? "deploy" : "running"), ("kind", "classical")),
            .. kind == "deploy_env" && request.AuthorizedKeys.Count > 0 ? [InstanceCatalogue.Step("send_key_in_deploy_env")] : Array.Empty<MicroStep>(),
        ];
        plan = Make(macro ?? "", Math.Max(0, PowerLevels.From(level).Count - 1), steps, request, settings, errors);
        return errors;
    }

    /// <summary>The plan of a power operation; levels are climbed within its one step.</summary>
    /// <param name="request">What was asked for.</param>
    /// <param name="action">One of <see cref="PowerActions"/>.</param>
    /// <param name="level">The first level that is tried; null for a status.</param>
    /// <param name="settings">The cluster's configuration with the request's wishes.</param>
    /// <param name="plan">The plan; meaningless when there are errors.</param>
    /// <returns>What is wrong, naming fields; empty when all is well.</returns>
    public static IReadOnlyList<PlanError> TryMakePower(DeploymentRequest request, string action, string? level, PlanSettings settings, out Plan plan)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(settings);
        var errors = new List<PlanError>();
        if (!PowerActions.TryGetValue(action, out var macro))
            errors.Add(new("action", $"'{action}' is none of {string.Join(", ", PowerActions.Keys)}"));
        if (level is not null)
            CheckLevel(level, errors);
        var step = level is null ? InstanceCatalogue.Step("power", ("action", action)) : InstanceCatalogue.Step("power", ("action", action), ("level", level));
        // Nothing starts when power is asked for or taken away.
        plan = Make(macro ?? "", 0, [action is "status" or "off" ? step with { Window = null } : step], request, settings, errors);
        return errors;
    }

    private static Plan Make(string macro, int retries, IReadOnlyList<MicroStep> steps, DeploymentRequest request, PlanSettings settings, List<PlanError> errors) =>
        PlanFinish.Finish([new(macro, [new(macro, retries, null, steps)])], request, settings, errors);

    private static void CheckLevel(string level, List<PlanError> errors)
    {
        if (!PowerLevels.Knows(level))
            errors.Add(new("level", $"'{level}' is none of {string.Join(", ", PowerLevels.All)}"));
    }
}
