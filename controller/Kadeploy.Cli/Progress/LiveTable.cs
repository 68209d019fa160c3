using System.Globalization;
using Kadeploy.Api.Deployments;
using Kadeploy.Cli.Output;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Kadeploy.Cli.Progress;

/// <summary>A table that is drawn over itself: every node with its step, bytes and rate; for more nodes than lines, those that hold the others up.</summary>
internal sealed class LiveTable(IAnsiConsole console, TimeProvider time) : IDeploymentDisplay
{
    private static readonly TimeSpan Frame = TimeSpan.FromMilliseconds(250);

    // Header, borders, footer, prompt.
    private const int OtherLines = 8;
    private const int BarWidth = 16;

    public async Task RunAsync(DeploymentView view, CancellationToken stop)
    {
        await console.Live(Render(view.Read(), view, time.GetUtcNow(), console.Profile.Height)).StartAsync(async live =>
        {
            using var timer = new PeriodicTimer(Frame, time);
            try
            {
                while (await timer.WaitForNextTickAsync(stop))
                    Draw(live, view);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                Draw(live, view);
            }
        });
    }

    /// <summary>One frame.</summary>
    internal static IRenderable Render(ViewState state, DeploymentView view, DateTimeOffset now, int height)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumn("node");
        table.AddColumn("step");
        table.AddColumn("progress");
        table.AddColumn(new TableColumn("rate").RightAligned());
        table.AddColumn(new TableColumn("time").RightAligned());

        var shown = Choose(state, Math.Max(3, height - OtherLines));
        foreach (var row in shown)
        {
            table.AddRow(
                new Text(Printable.Line(row.Node)),
                Stage(row, state.Good),
                new Text(Progress(row)),
                new Text(row.IsMeasured && row.BytesPerSecond > 0 ? Quantity.Rate(row.BytesPerSecond) : ""),
                new Text(row.Verdict == NodeVerdict.Running ? Quantity.Duration((now - row.Since).TotalSeconds) : ""));
        }

        var lines = new List<IRenderable>
        {
            new Text(string.Create(
                CultureInfo.InvariantCulture,
                $"{view.Id}  {view.Environment}  {Quantity.Duration((now - view.StartedAt).TotalSeconds)}")),
            table,
        };
        if (shown.Count < state.Rows.Count)
            lines.Add(new Text($"… and {state.Rows.Count - shown.Count} nodes more"));
        lines.Add(new Text(state.Describe(now)));
        lines.Add(state.ConnectionLost is { } lost
            ? new Text($"connection to the controller lost ({lost}); reconnecting, the deployment goes on", new Style(Color.Yellow))
            : new Text("ENTER for where every node is, Ctrl-C to cancel or to detach", new Style(Color.Grey)));
        return new Rows(lines);
    }

    private void Draw(LiveDisplayContext live, DeploymentView view)
    {
        foreach (var change in view.TakeChanges())
        {
            // Above the table only what must not scroll away unseen: the table shows the rest.
            if (change.Node is null)
                console.WriteLine(change.Text);
        }

        live.UpdateTarget(Render(view.Read(), view, time.GetUtcNow(), console.Profile.Height));
        live.Refresh();
    }

    private static IReadOnlyList<NodeRow> Choose(ViewState state, int lines) => state.Rows.Count <= lines
        ? state.Rows
        : [.. state.Rows
            .OrderBy(r => r.Verdict switch { NodeVerdict.Running => 0, NodeVerdict.Failed => 1, NodeVerdict.Cancelled => 2, _ => 3 })
            .ThenBy(r => r.IsMeasured ? r.Fraction : 1)
            .ThenBy(r => r.Since)
            .Take(lines)];

    private static Text Stage(NodeRow row, string good) => row.Verdict switch
    {
        NodeVerdict.Deployed => new Text(good, new Style(Color.Green)),
        NodeVerdict.Done => new Text("done", new Style(Color.Green)),
        NodeVerdict.Stopped => new Text("stopped", new Style(Color.Yellow)),
        NodeVerdict.Failed => new Text("failed", new Style(Color.Red)),
        NodeVerdict.Cancelled => new Text("cancelled", new Style(Color.Yellow)),
        _ => new Text(row.MicroStep.Length > 0 ? Printable.Line(row.MicroStep) : "waiting"),
    };

    private static string Progress(NodeRow row)
    {
        if (row.Failure is { } failure)
            return Printable.Line($"{failure.Stage.Split('/')[^1]}: {failure.Reason}", 60);
        if (row.Verdict != NodeVerdict.Running)
            return "";
        if (row.Total <= 0)
            return Printable.Line(row.Activity, 60);
        var full = (int)Math.Round(row.Fraction * BarWidth);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{new string('█', full)}{new string('░', BarWidth - full)} {row.Fraction * 100,3:0}% of {Quantity.Bytes(row.Total)}");
    }
}
