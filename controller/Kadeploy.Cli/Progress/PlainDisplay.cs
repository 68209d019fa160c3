using System.Globalization;
using Kadeploy.Api.Deployments;
using Kadeploy.Cli.Output;

namespace Kadeploy.Cli.Progress;

/// <summary>One line a change, for logs and pipes; nodes that do the same at about the same time share a line.</summary>
internal sealed class PlainDisplay(TextWriter output, TimeProvider time) : IDeploymentDisplay
{
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(10);

    public async Task RunAsync(DeploymentView view, CancellationToken stop)
    {
        var described = time.GetUtcNow();
        using var timer = new PeriodicTimer(Gather, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                var now = time.GetUtcNow();
                var changes = view.TakeChanges();
                Print(view, changes);
                if (changes.Count > 0)
                    described = now;
                var state = view.Read();
                if (now - described < Between || state.Count(NodeVerdict.Running) == 0)
                    continue;
                described = now;
                Line(view, now, state.Describe(now));
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            Print(view, view.TakeChanges());
        }
    }

    private void Print(DeploymentView view, IReadOnlyList<Change> changes)
    {
        for (var i = 0; i < changes.Count; i++)
        {
            var change = changes[i];
            if (change.Node is null)
            {
                Line(view, change.At, change.Text);
                continue;
            }

            // Printed already with an earlier node.
            if (changes.Take(i).Any(c => c.Node is not null && c.Text == change.Text))
                continue;
            var nodes = changes.Skip(i).Where(c => c.Node is not null && c.Text == change.Text).Select(c => c.Node!);
            Line(view, change.At, $"{NodeNames.Fold(nodes)}  {change.Text}");
        }
    }

    private void Line(DeploymentView view, DateTimeOffset at, string text)
    {
        var since = at - view.StartedAt;
        if (since < TimeSpan.Zero)
            since = TimeSpan.Zero;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(int)since.TotalMinutes:00}:{since.Seconds:00}  {text}"));
        output.Flush();
    }
}
