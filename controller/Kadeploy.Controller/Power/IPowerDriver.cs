namespace Kadeploy.Controller.Power;

/// <summary>Speaks to one kind of power control. It is called for one BMC once at a time, with a deadline on the token.</summary>
internal interface IPowerDriver
{
    /// <summary>Carries out one command; failures are values (<see cref="IPower"/> lists the reasons).</summary>
    /// <param name="target">Whose power.</param>
    /// <param name="command">What to do.</param>
    /// <param name="uefi">Whether the node's firmware is UEFI.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<PowerOutcome> RunAsync(PowerTarget target, PowerCommand command, bool uefi, CancellationToken cancellationToken);
}
