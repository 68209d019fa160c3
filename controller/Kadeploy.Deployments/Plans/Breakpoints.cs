namespace Kadeploy.Deployments.Plans;

/// <summary><c>MACRO</c> or <c>MACRO:MICRO</c>, where MACRO is a macro-step or one of its instances: nodes stop before it.</summary>
internal static class Breakpoints
{
    public static IReadOnlyList<MacroStep> Set(IReadOnlyList<MacroStep> macros, string? breakpoint, List<PlanError> errors)
    {
        if (breakpoint is null)
            return macros;
        var parts = breakpoint.Split(':');
        var found = false;
        var marked = macros.Select(macro => macro with
        {
            Instances = [.. macro.Instances.Select(instance => macro.Name == parts[0] || instance.Type == parts[0] ? Mark(instance) : instance)],
        }).ToList();
        if (!found || parts.Length > 2)
            errors.Add(new("breakpoint", $"'{breakpoint}' is no step of this operation: MACRO or MACRO:MICRO, with MACRO one of {string.Join(", ", macros.Select(m => m.Name))}"));
        return marked;

        StepInstance Mark(StepInstance instance)
        {
            var at = parts.Length == 1 ? 0 : instance.MicroSteps.ToList().FindIndex(s => s.Name == parts[1]);
            if (at < 0 || at >= instance.MicroSteps.Count)
                return instance;
            found = true;
            return instance with { MicroSteps = [.. instance.MicroSteps.Select((s, i) => i == at ? s with { Breakpoint = true } : s)] };
        }
    }
}
