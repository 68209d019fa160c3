using System.Globalization;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Kadeploy.Api.Exec;
using Kadeploy.Controller.Agents;
using Kadeploy.Controller.Drivers;
using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Controller.Remote;

/// <summary>Runs commands of persons on nodes, many at once: through the agent where one runs in the deployment environment, else over SSH.</summary>
internal sealed class NodeCommands(AgentSessions sessions, AgentSteps steps, IRemoteShell shell, TimeProvider time)
{
    // An ssh client each on the controller; an agent costs it two messages.
    private const int SshWindow = 32;

    // OpenSSH's own exit code for whatever went wrong before the command ran.
    private const int SshFailed = 255;

    // The agent keeps the deadline itself; one that says nothing is given up so long after it.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(15);

    /// <summary>Results as nodes end. Cancelled: every agent is told to stop, every SSH client is killed.</summary>
    /// <param name="nodes">Where.</param>
    /// <param name="command">As a shell reads it.</param>
    /// <param name="timeout">For each node, from its own start.</param>
    /// <param name="window">How many at once; null: all agents, and <see cref="SshWindow"/> over SSH.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public IAsyncEnumerable<CommandResult> RunAsync(
        IReadOnlyList<Node> nodes, string command, TimeSpan timeout, int? window, CancellationToken cancellationToken)
    {
        var id = $"exec/{Guid.NewGuid():D}";
        return ForEachAsync(
            nodes,
            window,
            node => IsInDeploymentEnvironment(node.Name),
            (node, byAgent, stop) => byAgent ? ByAgentAsync(node, id, command, timeout, stop) : BySshAsync(
                node, () => shell.RunAsync(node, command, null, timeout, stop), timeout),
            cancellationToken);
    }

    /// <summary>Writes a file of the controller's into the installed system of nodes.</summary>
    public IAsyncEnumerable<CommandResult> CopyAsync(
        IReadOnlyList<Node> nodes, string file, string destination, TimeSpan timeout, int? window, CancellationToken cancellationToken) => ForEachAsync(
            nodes,
            window,
            _ => false,
            (node, _, stop) => IsInDeploymentEnvironment(node.Name)
                ? Task.FromResult(new CommandResult(
                    node.Name, 0, Reason: "in-deployment-environment", Detail: $"{node.Name} runs the deployment environment: 'kadeploy broadcast' sends it files"))
                : BySshAsync(node, () => shell.CopyAsync(node, file, destination, timeout, stop), timeout),
            cancellationToken);

    private bool IsInDeploymentEnvironment(string node) => sessions.OfNode(node) is { Identity.OnHost: false };

    private static async IAsyncEnumerable<CommandResult> ForEachAsync(
        IReadOnlyList<Node> nodes, int? window, Func<Node, bool> byAgent, Func<Node, bool, CancellationToken, Task<CommandResult>> one,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var results = Channel.CreateUnbounded<CommandResult>(new UnboundedChannelOptions { SingleReader = true });
        using var ssh = new SemaphoreSlim(window ?? SshWindow);
        using var agents = new SemaphoreSlim(window ?? int.MaxValue);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var work = Task.WhenAll(nodes.Select(EachAsync));
        var closing = work.ContinueWith(done => results.Writer.Complete(done.Exception?.InnerException), TaskScheduler.Default);
        try
        {
            await foreach (var result in results.Reader.ReadAllAsync(cancellationToken))
                yield return result;
        }
        finally
        {
            await stop.CancelAsync();
            await closing;
        }

        async Task EachAsync(Node node)
        {
            var agent = byAgent(node);
            var places = agent ? agents : ssh;
            await places.WaitAsync(stop.Token);
            try
            {
                await results.Writer.WriteAsync(await one(node, agent, stop.Token), stop.Token);
            }
            finally
            {
                places.Release();
            }
        }
    }

    private async Task<CommandResult> ByAgentAsync(Node node, string id, string command, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout + Grace);
        try
        {
            var outcome = await steps.RunAsync(node.Name, null, id, new AgentOrder.Execute(command), time.GetUtcNow() + timeout, new Unheard(), limit.Token);
            steps.Acknowledge(id, [node.Name]);
            return outcome switch
            {
                Outcome.Done { Facts: var facts } => new CommandResult(
                    node.Name, Since(started), "agent", int.Parse(facts.GetValueOrDefault(FactNames.ExitCode, "0"), CultureInfo.InvariantCulture),
                    facts.GetValueOrDefault(FactNames.Output), facts.GetValueOrDefault(FactNames.Error)),
                Outcome.Failed failed => new CommandResult(node.Name, Since(started), "agent", Reason: failed.Reason, Detail: failed.Detail),
                _ => throw new InvalidOperationException("a command is done or failed"),
            };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new CommandResult(node.Name, Since(started), "agent", Reason: "deadline", Detail: $"the agent of {node.Name} gave no answer within {(timeout + Grace).TotalSeconds:0} s");
        }
    }

    private async Task<CommandResult> BySshAsync(Node node, Func<Task<Programs.ProgramResult>> run, TimeSpan timeout)
    {
        if (!shell.Knows(node))
            return new CommandResult(
                node.Name, 0, Reason: "no-way-in",
                Detail: $"{node.Name} runs no deployment environment, and was not installed by this controller: the keys of its host are not known");
        var started = time.GetTimestamp();
        var result = await run();
        return result switch
        {
            { TimedOut: true } => new CommandResult(node.Name, Since(started), "ssh", Output: result.Output, Error: result.Error, Reason: "deadline", Detail: $"not done within {timeout.TotalSeconds:0} s"),
            { ExitCode: SshFailed } => new CommandResult(node.Name, Since(started), "ssh", Output: result.Output, Error: result.Error, Reason: "ssh-failed", Detail: result.LastWords),
            _ => new CommandResult(node.Name, Since(started), "ssh", result.ExitCode, result.Output, result.Error),
        };
    }

    private double Since(long started) => Math.Round(time.GetElapsedTime(started).TotalSeconds, 3);

    private sealed class Unheard : IStepListener
    {
        public void Progress(string activity, long done, long total)
        {
        }

        public void Transfer(TransferSighting sighting)
        {
        }
    }
}
