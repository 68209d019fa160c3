using System.Security.Cryptography;
using Kadeploy.Testbed.Bmc;
using Kadeploy.Testbed.Machines;
using Kadeploy.Testbed.Network;
using Kadeploy.Testbed.Processes;

namespace Kadeploy.Testbed;

/// <summary>
/// A virtual cluster: a network namespace with a bridge, dnsmasq for DHCP and TFTP, and for each node a BMC (ipmi_sim) in front of a
/// QEMU machine that starts switched off. Needs root. Removed by <see cref="Dispose"/>, by <c>kadeploy-testbed down</c>, or when its owner ends.
/// </summary>
public sealed class VirtualCluster : IDisposable
{
    private const string BmcUser = "kadeploy";
    private readonly ClusterPaths _paths;
    private readonly NetworkNamespace _network;

    private VirtualCluster(ClusterPaths paths, ClusterDescription description)
    {
        _paths = paths;
        _network = new NetworkNamespace(paths.Name);
        Description = description;
    }

    /// <summary>What was built: addresses, files, credentials.</summary>
    public ClusterDescription Description { get; }

    /// <summary>Brings a cluster up, after removing what a former one of that name left. When it fails, nothing stays.</summary>
    /// <param name="options">What is wanted.</param>
    /// <exception cref="TestbedException">It cannot be had; the message says why.</exception>
    public static VirtualCluster Up(ClusterOptions options)
    {
        ClusterValidation.Check(options);
        Down(options.Name);
        var paths = new ClusterPaths(options.Name, options.Directory);
        try
        {
            return Build(options, paths);
        }
        catch
        {
            Down(options.Name);
            throw;
        }
    }

    /// <summary>The running cluster of that name; null when there is none.</summary>
    /// <param name="name">Name given when it was brought up.</param>
    public static VirtualCluster? Find(string name) =>
        ClusterPaths.Find(name) is { } paths
        && TestbedJson.Read(paths.Description, TestbedJson.Default.ClusterDescription) is { } description
            ? new VirtualCluster(paths, description)
            : null;

    /// <summary>Removes processes, network and sockets of the cluster of that name, whatever state it is in; its directory stays.</summary>
    /// <param name="name">Name given when it was brought up.</param>
    public static void Down(string name)
    {
        if (ClusterPaths.Find(name) is { } paths)
        {
            // The BMCs first: one of them might be starting a machine right now.
            foreach (var record in Directory.GetFiles(paths.Run, "*.process").OrderBy(path => path.Contains("/qemu-", StringComparison.Ordinal)))
            {
                if (Daemon.Recall(record) is { } process && process.Pid != Environment.ProcessId)
                    Signals.Stop(process, TimeSpan.Zero);
            }

            // A machine that a BMC's program was just starting is found here.
            new NetworkNamespace(name).Delete();
            Directory.Delete(paths.Run, recursive: true);
            File.Delete(paths.Description);
        }

        AttachedHost.DeleteAllOf(name);
        new NetworkNamespace(name).Delete();
    }

    /// <summary>Whether the node's machine is switched on.</summary>
    /// <param name="node">The node's name.</param>
    public bool IsOn(string node) => new VirtualMachine(_paths, Description.Node(node).Name).IsOn;

    /// <summary>Runs a program inside the cluster's network, with this program's input and output.</summary>
    /// <returns>Its exit code.</returns>
    public int RunInside(string program, IReadOnlyList<string> arguments) => _network.RunInteractive(program, arguments);

    /// <summary>Program and arguments that start another program inside the cluster's network.</summary>
    public IReadOnlyList<string> CommandInside(string program, params IReadOnlyList<string> arguments) =>
        ["/usr/sbin/ip", .. _network.Inside(program, arguments)];

    /// <summary>
    /// Runs code of this process inside the cluster's network, on a thread of its own, and waits for it. Make sockets there (not connect them
    /// asynchronously): they stay in that network and can be used from anywhere afterwards.
    /// </summary>
    /// <param name="action">What to run; its exceptions come back.</param>
    public T Inside<T>(Func<T> action) => NamespaceThread.Run(_network.Name, action);

    /// <summary>Puts a host that is no node on the bridge.</summary>
    /// <param name="name">Up to 13 characters: it is part of an interface's name.</param>
    /// <param name="addresses">Its IPv4 addresses, in the cluster's network.</param>
    /// <exception cref="TestbedException">It cannot be had; the message says why.</exception>
    public AttachedHost Attach(string name, params IReadOnlyList<string> addresses) => AttachedHost.Create(_network, name, addresses);

    /// <summary>From now on everybody on the bridge is shown everybody's traffic: it is a switch that remembers no port.</summary>
    public void ShowEverythingToEverybody() => _network.Flood();

    /// <inheritdoc/>
    public void Dispose() => Down(_paths.Name);

    private static VirtualCluster Build(ClusterOptions options, ClusterPaths paths)
    {
        Directory.CreateDirectory(paths.Run);
        File.WriteAllText(ClusterPaths.DirectoryLink(options.Name), paths.Directory);
        foreach (var folder in new[] { paths.Logs, paths.Serial, paths.Disks, paths.Tftp })
            Directory.CreateDirectory(folder);
        File.Copy("/usr/lib/ipxe/snponly.efi", Path.Combine(paths.Tftp, "snponly.efi"), overwrite: true);
        File.Copy("/usr/lib/ipxe/undionly.kpxe", Path.Combine(paths.Tftp, "undionly.kpxe"), overwrite: true);

        var nodes = Enumerable.Range(1, options.Nodes).Select(number => Describe(options, paths, number)).ToList();
        var cluster = new VirtualCluster(paths, new ClusterDescription(options.Name, options.Name, paths.Directory, AddressPlan.Controller, nodes));
        cluster._network.Create(
            [AddressPlan.Controller + "/24", AddressPlan.ControllerV6 + "/64", .. nodes.Select(node => node.Bmc.Address + "/24")],
            nodes.Select(node => NetworkNamespace.Tap(node.Name)));
        if (options.OwnerPid is { } owner)
            cluster.StartWatch(owner);
        cluster.StartDnsmasq(options.BootPort);
        var kvm = options.KvmProbeKernel is { } kernel && KvmProbe.Works(kernel, "/run/kadeploy-testbed-probe");
        for (var number = 1; number <= nodes.Count; number++)
            cluster.StartNode(options, number, kvm);
        TestbedJson.Write(paths.Description, cluster.Description, TestbedJson.Default.ClusterDescription);
        Parallel.ForEach(nodes, cluster.WaitForBmc);
        return cluster;
    }

    private static NodeDescription Describe(ClusterOptions options, ClusterPaths paths, int number)
    {
        var name = $"node-{number}";
        return new NodeDescription(
            name,
            AddressPlan.Mac(number),
            AddressPlan.Node(number),
            AddressPlan.Uuid(number),
            $"TESTBED-{number:d3}",
            options.UefiNodes.Contains(name) ? Firmware.Uefi : Firmware.Bios,
            new BmcDescription(AddressPlan.Bmc(number), BmcUser, Path.Combine(paths.Bmc(name), "password")),
            Path.Combine(paths.Serial, name + ".log"),
            Path.Combine(paths.Disks, name + ".raw"),
            $"{name}-disk");
    }

    private void StartWatch(int owner)
    {
        var identity = ProcessIdentity.Of(owner) ?? throw new TestbedException($"the owner, process {owner}, is not there");
        // Outside the namespace: it removes that.
        Daemon.Start(_paths.Process("watch"), Path.Combine(_paths.Logs, "watch.log"), Self.Dotnet,
            ["exec", Self.Assembly, "watch", _paths.Name, $"{identity.Pid}", $"{identity.StartTicks}"]);
    }

    private void StartDnsmasq(int bootPort)
    {
        var record = _paths.Process("dnsmasq");
        var configuration = Path.Combine(_paths.Directory, "dnsmasq.conf");
        var leases = Path.Combine(_paths.Run, "dnsmasq.leases");
        File.WriteAllText(configuration, DnsmasqConfiguration.Text(
            Description.Nodes, _paths.Tftp, leases, Path.Combine(_paths.Logs, "dnsmasq.log"), record + ".pid", bootPort));
        var result = _network.TryRun("/usr/sbin/dnsmasq", $"--conf-file={configuration}");
        if (result.ExitCode != 0)
            throw new TestbedException($"dnsmasq does not start: {result.Error.Trim()}");
        Daemon.Remember(record, record + ".pid");
    }

    private void StartNode(ClusterOptions options, int number, bool kvm)
    {
        var node = Description.Nodes[number - 1];
        Disks.CreateEmpty(node.Disk, options.DiskBytes);
        File.Delete(node.SerialLog);
        string? variables = null;
        if (node.Firmware == Firmware.Uefi)
        {
            variables = Path.Combine(_paths.Disks, node.Name + ".vars");
            File.Copy(QemuArguments.UefiVariables, variables, overwrite: true);
        }

        var definition = new MachineDefinition(
            node, options.MemoryMiB, kvm, NetworkNamespace.Tap(node.Name), AddressPlan.SerialPort(number), _paths.Qmp(node.Name), variables);
        TestbedJson.Write(_paths.Machine(node.Name), definition, TestbedJson.Default.MachineDefinition);
        StartBmc(node, number);
    }

    private void StartBmc(NodeDescription node, int number)
    {
        var folder = _paths.Bmc(node.Name);
        var state = Path.Combine(folder, "state");
        if (Directory.Exists(state))
            Directory.Delete(state, recursive: true);
        Directory.CreateDirectory(state);
        // 16 characters: the longest password of IPMI 1.5, which is what tools offer by default.
        var password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        var lan = Path.Combine(folder, "lan.conf");
        var emulator = Path.Combine(folder, "bmc.emu");
        SecretFile.Write(node.Bmc.PasswordFile, password);
        SecretFile.Write(lan, BmcConfiguration.Lan(
            node, password, $"{Self.Dotnet} exec {Self.Assembly} chassis {_paths.Name} {node.Name}", AddressPlan.SerialPort(number)));
        File.WriteAllText(emulator, BmcConfiguration.Emulator);
        _network.StartDaemon(_paths.Process("bmc-" + node.Name), Path.Combine(_paths.Logs, $"bmc-{node.Name}.log"),
            "/usr/bin/ipmi_sim", "-c", lan, "-f", emulator, "-s", state, "-n");
    }

    private void WaitForBmc(NodeDescription node)
    {
        CommandResult last = new(0, "", "");
        var answers = Wait.Until(
            () => (last = Ipmi(node, "chassis", "power", "status")).ExitCode == 0,
            TimeSpan.FromMinutes(1));
        if (!answers)
            throw new TestbedException($"the BMC of {node.Name} does not answer within a minute: {last.Error.Trim()}");
    }

    private CommandResult Ipmi(NodeDescription node, params IReadOnlyList<string> command) =>
        _network.TryRun("/usr/bin/ipmitool",
        [
            // Two seconds and one try a round: the caller repeats.
            "-I", "lanplus", "-C", "3", "-N", "2", "-R", "1",
            "-H", node.Bmc.Address, "-U", node.Bmc.User, "-f", node.Bmc.PasswordFile, .. command,
        ]);
}
