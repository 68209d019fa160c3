namespace Kadeploy.Controller.Power;

/// <summary>A site without PDUs that the controller may use.</summary>
internal sealed class NoGroups : IGroupPower
{
    public PowerGroup? GroupOf(string node) => null;

    public Task<PowerOutcome> RunAsync(PowerGroup group, PowerCommand command, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("there are no groups");
}
