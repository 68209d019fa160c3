using System.Globalization;
using Kadeploy.Api.Operations;

namespace Kadeploy.Cli.Output;

/// <summary>What an operation would do: a table of nodes, and the steps of each cluster.</summary>
internal static class PlanSheet
{
    public static void Write(TextWriter output, PlannedOperation planned)
    {
        var writes = planned.Nodes.Any(n => n.Disk is not null);
        Columns.Write(
            output,
            writes ? ["NODE", "CLUSTER", "ADDRESS", "POWER", "DISK", "PARTITIONS"] : ["NODE", "CLUSTER", "ADDRESS", "POWER"],
            planned.Nodes.Select(n => (IReadOnlyList<string>)(writes
                ? [n.Node, n.Cluster, n.Address, n.Power, n.Disk ?? "", n.Partitions ?? ""]
                : [n.Node, n.Cluster, n.Address, n.Power])));
        foreach (var plan in planned.Plans)
        {
            output.WriteLine();
            output.WriteLine(Printable.Line($"{plan.Nodes} (cluster {plan.Cluster})"));
            foreach (var macro in plan.MacroSteps)
                Write(output, macro);
        }

        output.WriteLine();
        foreach (var busy in planned.Busy)
            output.WriteLine(Printable.Line($"{busy.Node} belongs to {busy.Operation} of {busy.User} since {busy.Since:u}: this would be refused, or take it over with --force"));
        output.WriteLine("Nothing was touched.");
    }

    private static void Write(TextWriter output, PlannedMacroStep macro)
    {
        output.WriteLine("  " + macro.Name);
        foreach (var (i, instance) in macro.Instances.Index())
        {
            var tries = instance.Retries == 0 ? "1 try" : $"{instance.Retries + 1} tries";
            var timeout = instance.TimeoutSeconds is { } seconds ? $", each at most {Quantity.Duration(seconds)}" : "";
            output.WriteLine("    " + Printable.Line($"{(i == 0 ? "" : "else ")}{instance.Type}, {tries}{timeout}"));
            foreach (var step in instance.MicroSteps)
            {
                if (step.Breakpoint)
                    output.WriteLine("      -- breakpoint: the nodes stop here --");
                var window = step.Window is null ? "" : $"  through window {step.Window}";
                var rest = step.Custom is null ? step.Arguments : $"{step.Custom} ({step.Arguments})";
                output.WriteLine("      " + Printable.Line(
                    string.Create(CultureInfo.InvariantCulture, $"{step.Name,-26} at most {Quantity.Duration(step.LimitSeconds),-10} {rest}{window}"), 400).TrimEnd());
            }
        }
    }
}
