namespace Kadeploy.Controller.Configuration;

/// <summary>How power is controlled, whatever the kind of BMC.</summary>
/// <param name="AtOnce">Power commands under way at once, over all nodes: IPMI is a process each.</param>
/// <param name="PerMinute">Turns that one BMC is given in a minute.</param>
/// <param name="Burst">Turns that may follow each other without a pause.</param>
/// <param name="Deadline">How long one power command may take once it is its turn.</param>
/// <param name="Nodes">Commands of single nodes, in place of what their BMC or cluster says.</param>
/// <param name="Outlets">Sockets of power strips, or null.</param>
internal sealed record PowerConfiguration(
    int AtOnce, int PerMinute, int Burst, TimeSpan Deadline, IReadOnlyDictionary<string, PowerCommandLine> Nodes, OutletConfiguration? Outlets);
