namespace Kadeploy.Controller.Power;

/// <summary>Takes the power of groups away and gives it back: the level <c>very_hard</c>.</summary>
internal interface IGroupPower
{
    /// <summary>The group of a node; null when it has none.</summary>
    PowerGroup? GroupOf(string node);

    /// <summary>One command for the whole group: <see cref="PowerCommand.On"/>, <see cref="PowerCommand.Off"/> or <see cref="PowerCommand.Cycle"/>.</summary>
    Task<PowerOutcome> RunAsync(PowerGroup group, PowerCommand command, CancellationToken cancellationToken);
}
