using System.CommandLine;
using System.Globalization;
using Kadeploy.Cli.Input;
using Kadeploy.Cli.Output;

namespace Kadeploy.Cli.Commands;

/// <summary>kadeploy stats: how operations went, by node and by step.</summary>
internal static class StatisticsCommand
{
    public static Command Create(GlobalOptions global)
    {
        var by = new Option<string>("--by") { Description = "A row for each node of each operation (node, the default), each micro-step (step), or each node with its rate of failures (failures)", HelpName = "WHAT" };
        by.AcceptOnlyFromAmong("node", "step", "failures");
        var operation = new Option<string>("--operation") { Description = "Only this operation", HelpName = "ID" };
        var since = new Option<string>("--since") { Description = "Only operations accepted since then: 8h, 30d (ago), or a time", HelpName = "WHEN" };
        var csv = new Option<bool>("--csv") { Description = "Comma-separated values, with a line of headings" };
        var command = new Command("stats", "How ended operations went: durations, retries, results, rates of failure; your own, or everybody's for administrators") { by, operation, since, csv };
        global.Run(command, async (run, cancel) =>
        {
            if (!Moment.Read(run.Get(since), "--since", past: true).TryGet(out var from, out var failure))
                return run.Fail(failure);
            var what = run.Get(by) ?? "node";
            var query = string.Join('&', new[]
            {
                $"format={(run.Json ? "json" : "csv")}",
                run.Get(operation) is { } id ? $"operation={Uri.EscapeDataString(id)}" : "",
                from.At is { } at ? $"since={Uri.EscapeDataString(at.ToString("O", CultureInfo.InvariantCulture))}" : "",
            }.Where(part => part.Length > 0));
            if (!(await run.Client.StatisticsAsync(what switch { "step" => "/steps", "failures" => "/failures", _ => "" }, query, cancel)).TryGet(out var text, out failure))
                return run.Fail(failure);
            if (run.Json)
                run.Terminal.Out.WriteLine(text);
            else if (run.Get(csv))
                run.Terminal.Out.Write(text);
            else
                Table(run.Terminal, text);
            return ExitCode.Success;
        });
        return command;
    }

    // What the controller says of itself in CSV, in columns. No field of it holds a line break: names, verdicts, numbers, times.
    private static void Table(Terminal terminal, string text)
    {
        var lines = text.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(',')).ToList();
        if (lines.Count <= 1)
        {
            terminal.Out.WriteLine("No operation has ended yet.");
            return;
        }

        Columns.Write(terminal.Out, [.. lines[0].Select(h => h.ToUpperInvariant())], lines.Skip(1).Select(line => (IReadOnlyList<string>)[.. line.Select(cell => Printable.Line(cell))]));
    }
}
