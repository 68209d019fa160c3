using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Environments;

namespace Kadeploy.Deployments.Plans;

/// <summary>
/// Makes the plan of a deployment: the macro-steps with the instances that cluster or request choose, the micro-steps dropped that this image,
/// layout and request do not need (<see cref="Needs"/>), custom operations put in, and a breakpoint set.
/// </summary>
public static class StandardPlan
{
    /// <summary>The plan for a request on one cluster.</summary>
    /// <param name="request">What was asked for.</param>
    /// <param name="settings">What the cluster's configuration says, with the request's own wishes laid over it.</param>
    /// <param name="plan">The plan; meaningless when there are errors.</param>
    /// <returns>What is wrong, naming fields; empty when all is well.</returns>
    public static IReadOnlyList<PlanError> TryMake(DeploymentRequest request, PlanSettings settings, out Plan plan)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(settings);
        var errors = new List<PlanError>();
        if (request.Boot is not ("reboot" or "kexec"))
            errors.Add(new("boot", $"'{request.Boot}' is neither reboot nor kexec"));
        if (request.Partition == 0 && request.Environment.Image.Kind != ImageKind.Dd)
            errors.Add(new("partition", "a whole disk can only be deployed from a dd image"));
        if (request.Partition == 0 && request.Environment.Preinstall is not null)
            errors.Add(new("partition", "the environment's preinstall makes partitions: it goes with one of them, not with the whole disk"));
        IReadOnlyList<MacroStep> macros =
        [
            Macro("SetDeploymentEnv", Prepared(request, settings)),
            Macro("BroadcastEnv", settings.BroadcastEnv),
            Macro("BootNewEnv", BootInstances(request, settings)),
        ];
        foreach (var (instance, i) in settings.BroadcastEnv.Select((instance, i) => (instance, i)))
        {
            if (instance.Type == "BroadcastEnvCustom" && !settings.CustomBroadcast)
                errors.Add(new($"BroadcastEnv[{i}].type", "the cluster has no command for it (broadcast.command in kadeployd.yaml)"));
            if (instance.Type == "BroadcastEnvCustom" && request.Environment.Image.Kind != ImageKind.Tar)
                errors.Add(new($"BroadcastEnv[{i}].type", "BroadcastEnvCustom takes tar images only"));
        }

        plan = PlanFinish.Finish(macros, request, settings, errors);
        return errors;

        MacroStep Macro(string name, IReadOnlyList<InstanceSettings> instances) => new(name, [.. instances.Select((instance, i) =>
        {
            if (InstanceCatalogue.Problem(name, instance.Type) is { } problem)
                errors.Add(new($"{name}[{i}].type", problem));
            return new StepInstance(instance.Type, instance.Retries, instance.Timeout, [.. InstanceCatalogue.Steps(instance.Type)
                .Where(step => Needs.Step(name, step.Name, request, settings))]);
        })]);
    }

    // A disk that the environment itself prepares is prepared in one way only; how often and how long stays the cluster's choice.
    private static IReadOnlyList<InstanceSettings> Prepared(DeploymentRequest request, PlanSettings settings) =>
        request.Environment.Preinstall is not null && settings.SetDeploymentEnv is [var first, ..]
            ? [first with { Type = "SetDeploymentEnvUntrustedCustomPreInstall" }]
            : settings.SetDeploymentEnv;

    private static IReadOnlyList<InstanceSettings> BootInstances(DeploymentRequest request, PlanSettings settings)
    {
        var wanted = request.Boot == "kexec" ? "BootNewEnvKexec" : "BootNewEnvClassical";
        var instances = settings.BootNewEnv ?? [new(wanted), new("BootNewEnvHardReboot")];
        // The kernel is read from the mounted root: without one there is nothing to kexec.
        return Needs.Mount(request, settings)
            ? instances
            : [.. instances.Select(i => i.Type == "BootNewEnvKexec" ? new InstanceSettings("BootNewEnvClassical") : i)];
    }
}
