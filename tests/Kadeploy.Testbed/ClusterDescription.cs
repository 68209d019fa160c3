namespace Kadeploy.Testbed;

/// <summary>A running virtual cluster, as written to <c>cluster.json</c>.</summary>
/// <param name="Name">Name of the cluster.</param>
/// <param name="NetworkNamespace">Its network namespace (<c>ip netns exec</c>); nothing leaves it.</param>
/// <param name="Directory">Where its files are.</param>
/// <param name="ControllerAddress">IPv4 address of the bridge, where a controller inside the namespace is reached by the nodes.</param>
/// <param name="Nodes">The nodes, by number.</param>
public sealed record ClusterDescription(
    string Name,
    string NetworkNamespace,
    string Directory,
    string ControllerAddress,
    IReadOnlyList<NodeDescription> Nodes)
{
    /// <summary>The node of that name.</summary>
    /// <exception cref="TestbedException">There is none.</exception>
    public NodeDescription Node(string name) =>
        Nodes.FirstOrDefault(node => node.Name == name)
        ?? throw new TestbedException($"cluster '{Name}' has no node '{name}': it has {string.Join(", ", Nodes.Select(node => node.Name))}");
}
