using System.Collections.Concurrent;
using Kadeploy.Controller.Power;
using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Controller.Tests.Support;

/// <summary>BMCs that do what the test's machines do: a reset boots the machine that is plugged in under the node's name.</summary>
internal sealed class FakePower : IPower
{
    public ConcurrentDictionary<string, FakeMachine> Machines { get; } = new();

    public ConcurrentQueue<(string Node, PowerCommand Command)> Commands { get; } = new();

    /// <summary>Answers in place of the machine: a BMC that fails.</summary>
    public Func<string, PowerCommand, PowerOutcome?> Override { get; set; } = (_, _) => null;

    /// <summary>What a BMC does before it answers: takes its time.</summary>
    public Func<string, PowerCommand, Task> Before { get; set; } = (_, _) => Task.CompletedTask;

    public async Task<PowerOutcome> RunAsync(Node node, PowerCommand command, bool uefi, CancellationToken cancellationToken)
    {
        Commands.Enqueue((node.Name, command));
        await Before(node.Name, command).WaitAsync(cancellationToken);
        if (Override(node.Name, command) is { } answer)
            return answer;
        if (node.Bmc is null)
            return PowerOutcome.Failed("no-bmc", $"node {node.Name} has no BMC");
        if (command is PowerCommand.On or PowerCommand.Cycle or PowerCommand.Reset && Machines.TryGetValue(node.Name, out var machine))
            machine.PowerCycle();
        return new PowerOutcome(command != PowerCommand.Off, null);
    }
}
