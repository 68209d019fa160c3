using Kadeploy.Controller.Power;

namespace Kadeploy.Controller.Tests.Drivers;

/// <summary>One group of nodes whose power is switched together.</summary>
internal sealed class FixedGroups(PowerGroup group) : IGroupPower
{
    public List<string> Asked { get; } = [];

    /// <summary>What happens before the command is answered.</summary>
    public Func<Task> Before { get; set; } = () => Task.CompletedTask;

    public PowerGroup? GroupOf(string node) => group.Nodes.Contains(node) ? group : null;

    public async Task<PowerOutcome> RunAsync(PowerGroup group, PowerCommand command, CancellationToken cancellationToken)
    {
        Asked.Add($"{group.Name} {command}");
        await Before();
        return new PowerOutcome(true, null);
    }
}
