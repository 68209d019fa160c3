using Kadeploy.Deployments.Plans;

namespace Kadeploy.Deployments.Engine;

/// <summary>Refuses a submission before anything is touched.</summary>
internal static class SubmissionCheck
{
    public static IReadOnlyList<PlanError> Problems(DeploymentRequest request, IReadOnlyList<Assignment> assignments)
    {
        var errors = new List<PlanError>();
        if (string.IsNullOrWhiteSpace(request.Id))
            errors.Add(new("id", "a deployment needs an id"));
        if (assignments.Count == 0 || assignments.Any(a => a.Nodes.Count == 0))
            errors.Add(new("nodes", "no node is named; no argument never means all"));
        foreach (var twice in assignments.SelectMany(a => a.Nodes).GroupBy(n => n.Name).Where(g => g.Count() > 1))
            errors.Add(new("nodes", $"{twice.Key} is given twice"));
        foreach (var assignment in assignments)
            errors.AddRange(assignment.Plan.Problems());
        return errors;
    }
}
