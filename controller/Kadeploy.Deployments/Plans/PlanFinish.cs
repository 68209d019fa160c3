using Kadeploy.Deployments.Engine;

namespace Kadeploy.Deployments.Plans;

/// <summary>What is done to the plans of all kinds of operations: time limits, the breakpoint, custom operations, and the check.</summary>
internal static class PlanFinish
{
    public static Plan Finish(IReadOnlyList<MacroStep> macros, DeploymentRequest request, PlanSettings settings, List<PlanError> errors)
    {
        foreach (var (name, limit) in settings.Limits)
        {
            if (!StepCatalogue.Knows(name))
                errors.Add(new($"timeouts.{name}", "unknown micro-step"));
            else if ((limit.Problem() ?? (limit.For(1) == TimeSpan.Zero ? "every step needs a deadline" : null)) is { } problem)
                errors.Add(new($"timeouts.{name}", problem));
        }

        if (request.Vlan is not null && !settings.Vlan)
            errors.Add(new("vlan", "the cluster has no command that changes VLANs (vlan.command in kadeployd.yaml)"));
        var placed = Placed(settings, errors);
        // The site's operations are for all requests, and are left out where their step is; a user's that finds no step at all is a mistake.
        foreach (var (operation, field) in placed.Where(p => !p.Field.StartsWith("clusters", StringComparison.Ordinal) && !macros.Any(m => Has(m, p.Operation))))
            errors.Add(new($"{field}.step", $"this operation has no step {operation.Stage}/{operation.MicroStep}"));
        macros = Breakpoints.Set(macros, settings.Breakpoint, errors);
        macros = [.. macros.Select(macro => macro with { Instances = [.. macro.Instances.Select(instance => Finish(macro.Name, instance, placed, settings, errors))] })];
        var plan = new Plan(macros);
        // A faulty instance has no steps: its own error says more than the plan's.
        if (errors.Count == 0)
            errors.AddRange(plan.Problems());
        return plan;
    }

    private static bool Has(MacroStep macro, PlacedOperation operation) => macro.Instances.Any(
        i => i.MicroSteps.Concat(InstanceCatalogue.Steps(i.Type)).Any(s => operation.Fits(macro.Name, i.Type, s.Name)));

    private static StepInstance Finish(
        string macro, StepInstance instance, IReadOnlyList<(PlacedOperation Operation, string Field)> placed, PlanSettings settings, List<PlanError> errors)
    {
        var insertion = new Insertion(macro, instance.Type, placed);
        var steps = insertion.Into(instance.MicroSteps
            .Select(step => step with { Limit = settings.Limits.GetValueOrDefault(step.Name, step.Limit) })
            .Select(step => step.Name == "wait_reboot" ? step with { Patience = settings.RebootPatience } : step));
        errors.AddRange(insertion.Errors);
        return instance with { MicroSteps = steps };
    }

    private static List<(PlacedOperation Operation, string Field)> Placed(PlanSettings settings, List<PlanError> errors)
    {
        var placed = settings.CustomOperations.Select((o, i) => (o, $"clusters.customOperations[{i}]"))
            .Concat(settings.RequestedOperations.Select((o, i) => (o, $"customOperations[{i}]"))).ToList();
        foreach (var (operation, field) in placed)
            errors.AddRange(operation.Problems(field));
        return placed;
    }
}
