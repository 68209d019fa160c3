namespace Kadeploy.Deployments.Plans;

/// <summary>Puts custom operations into the micro-steps of an instance. Walking along, it knows what runs on the nodes at each point.</summary>
internal sealed class Insertion(string macroStep, string instance, IReadOnlyList<(PlacedOperation Operation, string Field)> operations)
{
    private readonly List<MicroStep> _steps = [];
    private Runner _runner = macroStep switch
    {
        "SetDeploymentEnv" => instance == "SetDeploymentEnvKexec" ? Runner.System : Runner.Nobody,
        "BroadcastEnv" or "BootNewEnv" => Runner.Agent,
        _ => Runner.Nobody,
    };

    public List<PlanError> Errors { get; } = [];

    public IReadOnlyList<MicroStep> Into(IEnumerable<MicroStep> steps)
    {
        foreach (var step in steps)
        {
            var first = _steps.Count;
            Add(step, Placement.Before);
            if (!Add(step, Placement.Instead))
                _steps.Add(step with { Breakpoint = false });
            // One stops before the step with all that belongs to it.
            if (step.Breakpoint && _steps.Count > first)
                _steps[first] = _steps[first] with { Breakpoint = true };
            _runner = step.Name switch
            {
                "reboot" or "reboot_from_deploy_env" or "kexec" or "power" => Runner.Nobody,
                "wait_reboot" => step.Arguments.GetValueOrDefault("system") == "deploy" ? Runner.Agent : Runner.System,
                _ => _runner,
            };
            Add(step, Placement.After);
        }

        return _steps;
    }

    private bool Add(MicroStep step, Placement when)
    {
        var any = false;
        foreach (var (placed, field) in operations.Where(o => o.Operation.When == when && o.Operation.Fits(macroStep, instance, step.Name)))
        {
            any = true;
            if (_runner == Runner.Nobody)
                Errors.Add(new(
                    $"{field}.step",
                    $"{when.ToString().ToLowerInvariant()} {step.Name} of {instance} no system of the nodes can run it: it must be between wait_reboot of SetDeploymentEnv and the reboot of BootNewEnv, or after that one's wait_reboot"));
            else
                _steps.Add(Custom(placed.Operation));
        }

        return any;
    }

    private MicroStep Custom(CustomOperation operation) =>
        InstanceCatalogue.Step("custom", ("on", _runner == Runner.Agent ? "agent" : "system")) with
        {
            Custom = operation,
            // Time for every try, and some for the way there and back.
            Limit = new($"({operation.Timeout.Formula})*{operation.Retries + 1}+30"),
        };
}
