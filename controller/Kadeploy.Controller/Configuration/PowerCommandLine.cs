using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Controller.Configuration;

/// <summary>A command of the administrator's that controls power.</summary>
/// <param name="Program">An absolute path.</param>
/// <param name="Arguments">With <c>{…}</c> where something is put in.</param>
/// <param name="Timeout">How long one power command may take, reading back included.</param>
internal sealed record PowerCommandLine(string Program, IReadOnlyList<string> Arguments, TimeSpan Timeout)
{
    /// <summary>What may stand in braces. A BMC's password may not: every user can read arguments.</summary>
    public static IReadOnlyList<string> Names { get; } = ["command", "node", "address", "cluster", "bmc", "user"];

    public IReadOnlyList<string> ArgumentsFor(string command, Node node) => [.. Arguments.Select(a => a
        .Replace("{command}", command, StringComparison.Ordinal)
        .Replace("{node}", node.Name, StringComparison.Ordinal)
        .Replace("{address}", node.Address, StringComparison.Ordinal)
        .Replace("{cluster}", node.Cluster, StringComparison.Ordinal)
        .Replace("{bmc}", node.Bmc?.Host ?? "", StringComparison.Ordinal)
        .Replace("{user}", node.Bmc?.User ?? "", StringComparison.Ordinal))];
}
