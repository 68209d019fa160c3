using Kadeploy.Deployments.Engine;

namespace Kadeploy.Deployments.Tests.Engine;

/// <summary>Nodes that react as told: without being told, everything works at once.</summary>
internal sealed class FakeDriver(TimeProvider time) : IStepDriver
{
    public List<StepExecution> Calls { get; } = [];

    public List<string> Cancelled { get; } = [];

    /// <summary>Nodes that were let go while their call went on, and how long the driver takes for it.</summary>
    public List<string> LetGo { get; } = [];

    public TimeSpan LettingGo { get; set; }

    public Func<StepExecution, string, Reaction> React { get; set; } = (_, _) => Reaction.Ok;

    /// <summary>Runs before the nodes react; for drivers that misbehave as a whole.</summary>
    public Func<StepExecution, IStepReport, CancellationToken, Task> Before { get; set; } = (_, _, _) => Task.CompletedTask;

    /// <summary>Told +1 for every node taken in hand and -1 for every one let go.</summary>
    public Action<StepExecution, int> Hands { get; set; } = (_, _) => { };

    public async Task RunAsync(StepExecution execution, IStepReport report, CancellationToken cancellationToken)
    {
        Calls.Add(execution);
        await Before(execution, report, cancellationToken);
        try
        {
            await Task.WhenAll(execution.Nodes.Select(n => ReactAsync(n.Name)));
        }
        catch (OperationCanceledException)
        {
            Cancelled.Add(execution.Id);
            throw;
        }

        async Task ReactAsync(string node)
        {
            var reaction = React(execution, node);
            Hands(execution, +1);
            var token = report.TokenOf(node);
            try
            {
                if (reaction.After != TimeSpan.Zero)
                    await Task.Delay(reaction.After, time, token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                if (LettingGo > TimeSpan.Zero)
                    await Task.Delay(LettingGo, time, CancellationToken.None);
                LetGo.Add(node);
                report.LetGo(node);
                return;
            }
            finally
            {
                Hands(execution, -1);
            }

            if (reaction.Outcome is not null)
                report.Finished(node, reaction.Outcome);
        }
    }
}
