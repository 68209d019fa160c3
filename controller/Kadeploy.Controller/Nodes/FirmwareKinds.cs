using Kadeploy.Controller.Storage;
using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Controller.Nodes;

/// <summary>Which kind of firmware a node has, as its iPXE or its agent last said.</summary>
internal sealed class FirmwareKinds(MachineStore machines)
{
    /// <summary>False also for a node that was never seen: a plain boot order is what every BMC understands.</summary>
    public bool IsUefi(Node node) =>
        node.Macs.Select(machines.Find).OfType<Machine>().MaxBy(m => m.SeenAt) is { } machine && machine.Firmware == "uefi";
}
