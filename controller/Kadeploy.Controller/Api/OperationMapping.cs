using Kadeploy.Api.Operations;
using Kadeploy.Deployments.Plans;
using Contract = Kadeploy.Api.Operations;
using Domain = Kadeploy.Deployments;

namespace Kadeploy.Controller.Api;

/// <summary>Requests and plans of operations between the REST contract and the domain.</summary>
internal static class OperationMapping
{
    public static Contract.OperationKind ToContract(Domain.Engine.OperationKind kind) => kind switch
    {
        Domain.Engine.OperationKind.Reboot => Contract.OperationKind.Reboot,
        Domain.Engine.OperationKind.Power => Contract.OperationKind.Power,
        Domain.Engine.OperationKind.PowerStatus => Contract.OperationKind.PowerStatus,
        Domain.Engine.OperationKind.Broadcast => Contract.OperationKind.Broadcast,
        _ => Contract.OperationKind.Deployment,
    };

    public static Contract.BusyNode ToContract(Domain.Engine.BusyNode busy) => new(busy.Node, busy.Deployment, ToContract(busy.Kind), busy.User, busy.Since);

    /// <summary>What an operation does, for a person.</summary>
    public static string ActionOf(Domain.Engine.DeploymentSnapshot it)
    {
        var macro = it.Plans[0].MacroSteps[0].Name;
        return it.Request.Kind switch
        {
            Domain.Engine.OperationKind.Deployment => "deploy",
            Domain.Engine.OperationKind.Reboot => $"reboot {OperationPlan.RebootKinds.FirstOrDefault(k => k.Value == macro).Key ?? macro}",
            _ => $"power {OperationPlan.PowerActions.FirstOrDefault(k => k.Value == macro).Key ?? macro}",
        };
    }

    public static IReadOnlyDictionary<string, IReadOnlyList<InstanceSettings>> ToDomain(IReadOnlyDictionary<string, IReadOnlyList<InstanceChoice>>? steps) =>
        (steps ?? new Dictionary<string, IReadOnlyList<InstanceChoice>>()).ToDictionary(
            s => s.Key,
            s => (IReadOnlyList<InstanceSettings>)[.. s.Value.Select(i => new InstanceSettings(i.Type, i.Retries, i.Timeout is null ? null : new TimeLimit(i.Timeout)))]);

    public static IReadOnlyDictionary<string, TimeLimit> ToDomain(IReadOnlyDictionary<string, string>? timeouts) =>
        (timeouts ?? new Dictionary<string, string>()).ToDictionary(t => t.Key, t => new TimeLimit(t.Value));

    /// <summary>Custom operations, or what is wrong with the text of one; the plan finds what is wrong with their sense.</summary>
    public static IReadOnlyList<PlacedOperation> ToDomain(IReadOnlyList<Contract.CustomOperation>? operations, List<PlanError> errors)
    {
        var placed = new List<PlacedOperation>();
        foreach (var (i, it) in (operations ?? []).Index())
        {
            var parts = it.Step.Split('/');
            if (parts.Length != 2)
                errors.Add(new($"customOperations[{i}].step", $"'{it.Step}' is not MACRO/micro_step"));
            if (it.Content is { Length: > 0 } content && !Convert.TryFromBase64String(content, new byte[content.Length], out _))
                errors.Add(new($"customOperations[{i}].content", "is no base64"));
            placed.Add(new PlacedOperation(
                parts[0],
                parts.ElementAtOrDefault(1) ?? "",
                it.When switch { Contract.Placement.Before => Domain.Plans.Placement.Before, Contract.Placement.After => Domain.Plans.Placement.After, _ => Domain.Plans.Placement.Instead },
                new Domain.Plans.CustomOperation(
                    it.Name,
                    it.Action switch { Contract.CustomAction.Exec => Domain.Plans.CustomAction.Exec, Contract.CustomAction.Send => Domain.Plans.CustomAction.Send, _ => Domain.Plans.CustomAction.Run },
                    it.Command ?? "",
                    it.Content ?? "",
                    it.Destination ?? "",
                    it.Parameters ?? "",
                    it.Timeout is null ? Domain.Plans.CustomOperation.DefaultTimeout : new TimeLimit(it.Timeout),
                    it.Retries,
                    it.OnFailure == FailurePolicy.Ignore)));
        }
        return placed;
    }

    public static PlannedSteps ToContract(string cluster, Domain.Engine.Assignment assignment)
    {
        var n = assignment.Nodes.Count;
        return new PlannedSteps(
            cluster,
            Domain.Nodes.NodeSet.Fold(assignment.Nodes.Select(node => node.Name)),
            [.. assignment.Plan.MacroSteps.Select(macro => new PlannedMacroStep(macro.Name, [.. macro.Instances.Select(instance => new PlannedInstance(
                instance.Type,
                instance.Retries,
                [.. instance.MicroSteps.Select(step => new PlannedMicroStep(
                    step.Name, step.Limit.For(n).TotalSeconds, step.Limit.ToString(), Arguments(step), step.Window, step.Custom?.ToString(), step.Breakpoint))],
                instance.Timeout?.For(n).TotalSeconds))]))]);
    }

    private static string Arguments(MicroStep step) => string.Join(' ', step.Arguments
        .Select(a => $"{a.Key}={a.Value}").Order(StringComparer.Ordinal)
        .Concat(step.Levels is { Count: > 0 } levels ? [$"level={string.Join(", then ", levels)}"] : []));
}
