using Kadeploy.Testbed.Network;
using Kadeploy.Testbed.Processes;

namespace Kadeploy.Testbed;

/// <summary>
/// A host that is no node, on the cluster's bridge: a network namespace of its own with one interface. What runs there ends, and it is gone, when
/// disposed and when its cluster goes.
/// </summary>
public sealed class AttachedHost : IDisposable
{
    private const string Ip = "/usr/sbin/ip";
    private const string Interface = "eth0";
    private const string Prefix = "h-";
    private readonly NetworkNamespace _cluster;
    private readonly NetworkNamespace _own;
    private readonly string _port;

    private AttachedHost(NetworkNamespace cluster, string name, IReadOnlyList<string> addresses) =>
        (_cluster, _own, _port, Addresses) = (cluster, new NetworkNamespace(NamespaceOf(cluster.Name, name)), Prefix + name, addresses);

    /// <summary>Its IPv4 addresses.</summary>
    public IReadOnlyList<string> Addresses { get; }

    /// <summary>Runs code of this process at the host; as <see cref="VirtualCluster.Inside{T}"/>.</summary>
    public T Inside<T>(Func<T> action) => NamespaceThread.Run(_own.Name, action);

    /// <summary>Program and arguments that start another program at the host.</summary>
    public IReadOnlyList<string> CommandInside(string program, params IReadOnlyList<string> arguments) => [Ip, .. _own.Inside(program, arguments)];

    /// <summary>Gives its interface another MAC address, from the next frame on.</summary>
    public void TakeMac(string mac) => In("link", "set", Interface, "address", mac);

    /// <inheritdoc/>
    public void Dispose()
    {
        // The pair goes with either end; a namespace stays for as long as somebody has a socket of it.
        HostCommand.TryRun(Ip, ["-n", _cluster.Name, "link", "delete", _port]);
        _own.Delete();
    }

    internal static AttachedHost Create(NetworkNamespace cluster, string name, IReadOnlyList<string> addresses)
    {
        var host = new AttachedHost(cluster, name, addresses);
        host._own.Delete();
        try
        {
            HostCommand.Run(Ip, "netns", "add", host._own.Name);
            HostCommand.Run(Ip, "-n", cluster.Name, "link", "add", host._port, "type", "veth", "peer", "name", Interface, "netns", host._own.Name);
            HostCommand.Run(Ip, "-n", cluster.Name, "link", "set", host._port, "master", NetworkNamespace.Bridge, "up");
            host.In("link", "set", "lo", "up");
            foreach (var address in addresses)
                host.In("addr", "add", address + "/24", "brd", "+", "dev", Interface);
            host.In("link", "set", Interface, "promisc", "on", "up");
            return host;
        }
        catch
        {
            host.Dispose();
            throw;
        }
    }

    /// <summary>Removes what is left of a cluster's hosts.</summary>
    internal static void DeleteAllOf(string cluster)
    {
        if (!Directory.Exists(NetworkNamespace.Folder))
            return;
        foreach (var left in Directory.GetFiles(NetworkNamespace.Folder, NamespaceOf(cluster, "*")))
            new NetworkNamespace(Path.GetFileName(left)).Delete();
    }

    // No cluster has a dot in its name.
    private static string NamespaceOf(string cluster, string name) => $"{cluster}.{name}";

    private void In(params IReadOnlyList<string> arguments) => HostCommand.Run(Ip, ["-n", _own.Name, .. arguments]);
}
