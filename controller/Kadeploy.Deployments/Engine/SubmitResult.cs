using Kadeploy.Deployments.Plans;

namespace Kadeploy.Deployments.Engine;

/// <summary>What became of a submission.</summary>
public abstract record SubmitResult
{
    private SubmitResult()
    {
    }

    /// <summary>It is in the journal and runs.</summary>
    /// <param name="Id">The deployment's id.</param>
    public sealed record Accepted(string Id) : SubmitResult;

    /// <summary>Refused, nothing was touched: nodes belong to other operations (<see cref="InterruptTable"/>).</summary>
    /// <param name="Nodes">Which, whose, since when.</param>
    public sealed record Busy(IReadOnlyList<BusyNode> Nodes) : SubmitResult;

    /// <summary>Refused, nothing was touched: the request or its plan is wrong.</summary>
    /// <param name="Errors">Naming the fields.</param>
    public sealed record Invalid(IReadOnlyList<PlanError> Errors) : SubmitResult;
}
