namespace Kadeploy.Agent.Inventory;

/// <param name="SpeedMbit">As negotiated; 0 when the link is down or the driver does not say.</param>
/// <param name="Addresses">With prefix length: "10.0.0.7/24".</param>
/// <param name="Uplink">Where its cable ends, once its switch has said so.</param>
internal sealed record NetworkCard(
    string Name, string Mac, string Driver, bool Link, ulong SpeedMbit, IReadOnlyList<string> Addresses, SwitchPort? Uplink = null);
