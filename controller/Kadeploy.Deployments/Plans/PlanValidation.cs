using System.Collections.Immutable;

namespace Kadeploy.Deployments.Plans;

/// <summary>Refuses a plan before anything is touched, naming the field.</summary>
internal static class PlanValidation
{
    /// <summary>More tries than this are a loop, not a policy.</summary>
    public const int MostRetries = 100;

    public static IReadOnlyList<PlanError> Problems(Plan plan)
    {
        var errors = new List<PlanError>();
        if (plan.MacroSteps.Count == 0)
            errors.Add(new("macroSteps", "a plan needs at least one macro-step"));
        var seen = new HashSet<string>();
        foreach (var macro in plan.MacroSteps)
        {
            if (!StepCatalogue.MacroSteps.Contains(macro.Name))
                errors.Add(new(macro.Name, $"unknown macro-step; known: {string.Join(", ", StepCatalogue.MacroSteps)}"));
            if (!seen.Add(macro.Name))
                errors.Add(new(macro.Name, "given twice"));
            if (macro.Instances.Count == 0)
                errors.Add(new($"{macro.Name}.instances", "at least one instance is needed"));
            for (var i = 0; i < macro.Instances.Count; i++)
                Check(macro.Instances[i], $"{macro.Name}[{i}]", errors);
        }

        return [.. errors];
    }

    private static void Check(StepInstance instance, string field, List<PlanError> errors)
    {
        if (instance.Type.Length == 0)
            errors.Add(new($"{field}.type", "an instance needs a type"));
        if (instance.Retries is < 0 or > MostRetries)
            errors.Add(new($"{field}.retries", $"{instance.Retries} is not between 0 and {MostRetries}"));
        if (instance.Timeout?.Problem() is { } problem)
            errors.Add(new($"{field}.timeout", problem));
        if (instance.MicroSteps.Count == 0)
            errors.Add(new($"{field}.microSteps", "an instance needs at least one micro-step"));
        for (var i = 0; i < instance.MicroSteps.Count; i++)
        {
            var step = instance.MicroSteps[i];
            var at = $"{field}.microSteps[{i}]";
            if (!StepCatalogue.Knows(step.Name))
                errors.Add(new($"{at}.name", $"unknown micro-step '{step.Name}'"));
            if ((step.Limit.Problem() ?? (step.Limit.For(1) == TimeSpan.Zero ? "every step needs a deadline" : null)) is { } limit)
                errors.Add(new($"{at}.limit", limit));
            if (step.Patience?.Problem() is { } patience)
                errors.Add(new($"{at}.patience", patience));
        }
    }
}
