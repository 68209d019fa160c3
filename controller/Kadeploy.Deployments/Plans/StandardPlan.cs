using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Environments;

namespace Kadeploy.Deployments.Plans;

/// <summary>
/// Makes the plan of a deployment: Kadeploy3's macro-steps and instances, with the micro-steps dropped that this image, layout
/// and request do not need (its rules are in <see cref="Needs"/>).
/// </summary>
public static class StandardPlan
{
    private static readonly Dictionary<string, string> None = [];

    /// <summary>The plan for a request on one cluster.</summary>
    /// <param name="request">What was asked for.</param>
    /// <param name="settings">What the cluster's configuration says.</param>
    /// <param name="plan">The plan; meaningless when there are errors.</param>
    /// <returns>What is wrong, naming fields; empty when all is well.</returns>
    public static IReadOnlyList<PlanError> TryMake(DeploymentRequest request, PlanSettings settings, out Plan plan)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(settings);
        var errors = new List<PlanError>();
        plan = new([
            Macro("SetDeploymentEnv", settings.SetDeploymentEnv),
            Macro("BroadcastEnv", settings.BroadcastEnv),
            Macro("BootNewEnv", BootInstances(request, settings)),
        ]);
        if (request.Boot is not ("reboot" or "kexec"))
            errors.Add(new("boot", $"'{request.Boot}' is neither reboot nor kexec"));
        if (request.Partition == 0 && request.Environment.Image.Kind != ImageKind.Dd)
            errors.Add(new("partition", "a whole disk can only be deployed from a dd image"));
        foreach (var name in settings.Limits.Keys.Where(name => !StepCatalogue.Knows(name)))
            errors.Add(new($"limits.{name}", "unknown micro-step"));
        // A faulty instance has no steps: its own error says more than the plan's.
        if (errors.Count == 0)
            errors.AddRange(plan.Problems());
        return errors;

        MacroStep Macro(string name, IReadOnlyList<InstanceSettings> instances) => new(name, [.. instances.Select((instance, i) =>
        {
            var steps = Steps(instance.Type);
            if (steps is null || !instance.Type.StartsWith(name, StringComparison.Ordinal))
                errors.Add(new($"{name}[{i}].type", $"unknown instance '{instance.Type}'"));
            return new StepInstance(instance.Type, instance.Retries, instance.Timeout, [.. (steps ?? [])
                .Where(step => Needs.Step(name, step.Name, request, settings))
                .Select(step => step with { Limit = settings.Limits.GetValueOrDefault(step.Name, step.Limit) })
                .Select(step => step.Name == "wait_reboot" ? step with { Patience = settings.RebootPatience } : step)]);
        })]);
    }

    private static IReadOnlyList<InstanceSettings> BootInstances(DeploymentRequest request, PlanSettings settings)
    {
        var wanted = request.Boot == "kexec" ? "BootNewEnvKexec" : "BootNewEnvClassical";
        var instances = settings.BootNewEnv ?? [new(wanted), new("BootNewEnvHardReboot")];
        // The kernel is read from the mounted root: without one there is nothing to kexec.
        return Needs.Mount(request, settings)
            ? instances
            : [.. instances.Select(i => i.Type == "BootNewEnvKexec" ? new InstanceSettings("BootNewEnvClassical") : i)];
    }

    private static List<MicroStep>? Steps(string type) => type switch
    {
        "SetDeploymentEnvUntrusted" =>
        [
            Step("switch_pxe", ("profile", "deploy")),
            // What was tried softly and failed is not worth a second soft try.
            Step("reboot", ("level", "soft")) with { ArgumentsOnRetry = Pairs(("level", "hard")) },
            Step("wait_reboot", ("system", "deploy"), ("kind", "classical")),
            .. Prepare(),
        ],
        "SetDeploymentEnvKexec" =>
        [
            Step("send_deployment_kernel"), Step("sync"), Step("kexec", ("system", "deploy")),
            Step("wait_reboot", ("system", "deploy"), ("kind", "kexec")),
            .. Prepare(),
        ],
        "SetDeploymentEnvUntrustedCustomPreInstall" =>
        [
            Step("switch_pxe", ("profile", "deploy")),
            Step("reboot", ("level", "soft")) with { ArgumentsOnRetry = Pairs(("level", "hard")) },
            Step("wait_reboot", ("system", "deploy"), ("kind", "classical")),
            Step("manage_admin_pre_install"),
        ],
        "BroadcastEnvChain" =>
        [
            Step("send_environment", ("kind", "chain")),
            // After a block image only: a tar was extracted into what the first macro-step mounted.
            Step("mount_deploy_part"),
            Step("configure"), Step("manage_admin_post_install"), Step("manage_user_post_install"), Step("check_kernel_files"),
            Step("install_bootloader"), Step("sync"),
        ],
        "BootNewEnvClassical" =>
        [
            Step("switch_pxe", ("profile", "local")), Step("umount_deploy_part"), Step("reboot_from_deploy_env"),
            Step("wait_reboot", ("system", "deployed"), ("kind", "classical")),
        ],
        "BootNewEnvKexec" =>
        [
            Step("switch_pxe", ("profile", "local")), Step("kexec", ("system", "deployed")),
            Step("wait_reboot", ("system", "deployed"), ("kind", "kexec")),
        ],
        "BootNewEnvHardReboot" =>
        [
            Step("switch_pxe", ("profile", "local")), Step("reboot", ("level", "hard")),
            Step("wait_reboot", ("system", "deployed"), ("kind", "classical")),
        ],
        _ => null,
    };

    private static IEnumerable<MicroStep> Prepare() =>
    [
        Step("create_partition_table"), Step("format_deploy_part"), Step("mount_deploy_part"), Step("format_tmp_part"), Step("format_swap_part"),
    ];

    private static MicroStep Step(string name, params (string Name, string Value)[] arguments) =>
        new(name, arguments.Length == 0 ? None : Pairs(arguments), StepCatalogue.Find(name)!.DefaultLimit)
        {
            // Whatever makes machines start: power peaks, DHCP and HTTP storms.
            Window = name is "reboot" or "reboot_from_deploy_env" ? "reboot" : null,
        };

    private static Dictionary<string, string> Pairs(params (string Name, string Value)[] pairs) => pairs.ToDictionary(p => p.Name, p => p.Value);
}
