using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Controller.Power;

/// <summary>Controls the power of nodes.</summary>
internal interface IPower
{
    /// <summary>Carries out one command; failures are values, with reasons <c>no-bmc</c>, <c>bmc-unreachable</c>, <c>bmc-auth</c>,
    /// <c>bmc-certificate</c>, <c>bmc-refused</c>, <c>power-command-missing</c> or <c>power-unchanged</c>.</summary>
    /// <param name="node">The node.</param>
    /// <param name="command">What to do.</param>
    /// <param name="uefi">Whether the node's firmware is UEFI: boot devices are set for that kind.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<PowerOutcome> RunAsync(Node node, PowerCommand command, bool uefi, CancellationToken cancellationToken);
}
