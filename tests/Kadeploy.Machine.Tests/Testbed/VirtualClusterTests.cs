using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Kadeploy.Machine.Tests.Support;
using Kadeploy.Testbed;

namespace Kadeploy.Machine.Tests.Testbed;

/// <summary>The virtual cluster is what every other machine test stands on: its BMCs, its firmware, its DHCP, and that nothing of it stays.</summary>
[Trait("category", "machine")]
public sealed class VirtualClusterTests : IDisposable
{
    private static readonly TimeSpan IpmiDeadline = TimeSpan.FromMinutes(2);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Machines_that_their_BMC_switches_on_fetch_the_controllers_script_with_BIOS_and_with_UEFI()
    {
        using var cluster = VirtualCluster.Up(Options("pxe", nodes: 2) with { UefiNodes = ["node-2"] });
        var listener = cluster.Inside(() =>
        {
            var bound = new TcpListener(IPAddress.Parse(cluster.Description.ControllerAddress), 25302);
            bound.Start();
            return bound;
        });
        await using var server = new FixedHttpServer(listener, "#!ipxe\necho nothing to do\nsleep 600\n");

        foreach (var node in cluster.Description.Nodes)
        {
            Assert.Contains("Chassis Power is off", await IpmiAsync(cluster, node, "chassis", "power", "status"), StringComparison.Ordinal);
            await IpmiAsync(cluster, node, "chassis", "power", "on");
            Assert.Contains("Chassis Power is on", await IpmiAsync(cluster, node, "chassis", "power", "status"), StringComparison.Ordinal);
        }

        foreach (var node in cluster.Description.Nodes)
        {
            await Eventually.HoldsAsync(
                $"{node.Name} ({node.Firmware}) asks for boot.ipxe; its serial port: {node.SerialLog}",
                () => server.Requests.Contains((node.Ip, "GET /boot.ipxe HTTP/1.1")),
                TimeSpan.FromMinutes(4));
        }

        var first = cluster.Description.Nodes[0];
        var before = server.Requests.Count(request => request.Client == first.Ip);
        await IpmiAsync(cluster, first, "chassis", "power", "reset");
        await Eventually.HoldsAsync(
            "node-1 asks again after a reset",
            () => server.Requests.Count(request => request.Client == first.Ip) > before,
            TimeSpan.FromMinutes(4));
        await IpmiAsync(cluster, first, "chassis", "power", "off");
        Assert.False(cluster.IsOn(first.Name));
        Assert.True(cluster.IsOn("node-2"));
    }

    [Fact]
    public void Up_OverAClusterOfTheSameName_ReplacesIt()
    {
        using var former = VirtualCluster.Up(Options("same", nodes: 1));
        using var cluster = VirtualCluster.Up(Options("same", nodes: 2));

        Assert.Equal(2, VirtualCluster.Find(cluster.Description.Name)!.Description.Nodes.Count);
    }

    [Fact]
    public async Task Dispose_MachineSwitchedOn_LeavesNoProcessAndNoNetwork()
    {
        var cluster = VirtualCluster.Up(Options("gone", nodes: 1));
        var node = cluster.Description.Nodes[0];
        await IpmiAsync(cluster, node, "chassis", "power", "on");
        Assert.True(cluster.IsOn(node.Name));

        cluster.Dispose();

        Assert.Null(VirtualCluster.Find(cluster.Description.Name));
        Assert.False(File.Exists($"/run/netns/{cluster.Description.NetworkNamespace}"));
        Assert.DoesNotContain(CommandLines(), line => line.Contains(node.Disk, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Dispose_HostsAttached_TakesThemAndWhatRunsThereWithIt()
    {
        var cluster = VirtualCluster.Up(Options("hosts", nodes: 1));
        var host = cluster.Attach("other", "10.80.0.66");
        var command = host.CommandInside("/bin/sleep", "613");
        using var running = Process.Start(command[0], command.Skip(1));
        await Eventually.HoldsAsync("the program runs at the host", () => CommandLines().Contains("/bin/sleep\0613\0"), TimeSpan.FromMinutes(1));
        var refused = host.Inside(() =>
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            return Assert.Throws<SocketException>(() => socket.Connect(IPAddress.Parse(cluster.Description.ControllerAddress), 9));
        });
        // There, and nobody listens.
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);

        cluster.Dispose();

        Assert.True(running.WaitForExit(TimeSpan.FromMinutes(1)));
        Assert.DoesNotContain(Directory.GetFiles("/run/netns"), file => Path.GetFileName(file).StartsWith(cluster.Description.NetworkNamespace, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_cluster_whose_owner_is_killed_removes_itself()
    {
        using var owner = Process.Start("sleep", "600");
        using var cluster = VirtualCluster.Up(Options("owned", nodes: 1) with { OwnerPid = owner.Id });

        owner.Kill();

        await Eventually.HoldsAsync(
            "the cluster is gone",
            () => VirtualCluster.Find(cluster.Description.Name) is null && !File.Exists($"/run/netns/{cluster.Description.NetworkNamespace}"),
            TimeSpan.FromMinutes(2));
    }

    [Fact]
    public void Up_UefiNodeThatIsNotThere_IsRefusedBeforeAnythingStarts()
    {
        var error = Assert.Throws<TestbedException>(() => VirtualCluster.Up(Options("refused", nodes: 1) with { UefiNodes = ["node-2"] }));

        Assert.Contains("node-2", error.Message, StringComparison.Ordinal);
        Assert.Null(VirtualCluster.Find("ktest-refused"));
    }

    private ClusterOptions Options(string name, int nodes) => new("ktest-" + name, Path.Combine(_folder.Path, name)) { Nodes = nodes };

    private static async Task<string> IpmiAsync(VirtualCluster cluster, NodeDescription node, params string[] command)
    {
        var (exitCode, output, error) = await HostProgram.RunAsync(IpmiDeadline, cluster.CommandInside(
            "ipmitool", ["-I", "lanplus", "-C", "3", "-N", "10", "-R", "6", "-H", node.Bmc.Address, "-U", node.Bmc.User, "-f", node.Bmc.PasswordFile, .. command]));
        Assert.True(exitCode == 0, error);
        return output;
    }

    private static IEnumerable<string> CommandLines() => Directory.GetDirectories("/proc")
        .Where(path => int.TryParse(Path.GetFileName(path), out _))
        .Select(path =>
        {
            try
            {
                return File.ReadAllText(Path.Combine(path, "cmdline"));
            }
            catch (IOException)
            {
                return "";
            }
        });
}
