using System.Globalization;
using System.Text;

namespace Kadeploy.Deployments.Plans;

/// <summary>Prints a plan for <c>--plan</c> and the log.</summary>
internal static class PlanText
{
    public static string Of(Plan plan)
    {
        var text = new StringBuilder();
        foreach (var macro in plan.MacroSteps)
        {
            text.Append(macro.Name).Append('\n');
            for (var i = 0; i < macro.Instances.Count; i++)
            {
                var instance = macro.Instances[i];
                text.Append(i == 0 ? "  " : "  else ").Append(instance.Type).Append(", ").Append(Tries(instance.Retries));
                if (instance.Timeout is not null)
                    text.Append(CultureInfo.InvariantCulture, $", each at most {instance.Timeout}");
                text.Append('\n');
                foreach (var step in instance.MicroSteps)
                    Append(text, step);
            }
        }

        return text.ToString();
    }

    private static string Tries(int retries) => retries == 0 ? "1 try" : $"{retries + 1} tries";

    private static void Append(StringBuilder text, MicroStep step)
    {
        if (step.Breakpoint)
            text.Append("    -- breakpoint --\n");
        text.Append("    ").Append(step.Name.PadRight(26));
        text.Append(CultureInfo.InvariantCulture, $" at most {step.Limit}");
        if (step.Patience is not null)
            text.Append(CultureInfo.InvariantCulture, $", late nodes left behind after {step.Patience}");
        if (step.Window is not null)
            text.Append(CultureInfo.InvariantCulture, $", through window {step.Window}");
        if (step.Arguments.Count > 0)
            text.Append("  ").Append(Pairs(step.Arguments));
        if (step.Levels is { Count: > 0 } levels)
            text.Append("  level=").Append(string.Join(", then ", levels));
        if (step.Custom is { } custom)
            text.Append("  ").Append(custom);
        text.Append('\n');
    }

    private static string Pairs(IReadOnlyDictionary<string, string> arguments) =>
        string.Join(' ', arguments.OrderBy(a => a.Key, StringComparer.Ordinal).Select(a => $"{a.Key}={a.Value}"));
}
