using System.Globalization;
using Kadeploy.Testbed.Bmc;
using Kadeploy.Testbed.Machines;
using Kadeploy.Testbed.Processes;

namespace Kadeploy.Testbed;

internal static class Program
{
    private static int Main(string[] arguments)
    {
        try
        {
            return arguments switch
            {
                // Started by a BMC and by 'up' itself; nobody types these.
                ["chassis", var cluster, var node, .. var command] => Chassis(cluster, node, command),
                ["watch", var cluster, var pid, var ticks] => Watch(cluster, pid, ticks),
                _ => Run(new CommandLine(arguments)),
            };
        }
        catch (TestbedException e)
        {
            Console.Error.WriteLine($"kadeploy-testbed: {e.Message}");
            return 1;
        }
    }

    private static int Run(CommandLine line)
    {
        switch (line.Command)
        {
            case "up":
                var cluster = VirtualCluster.Up(line.ToOptions());
                Console.WriteLine(Path.Combine(cluster.Description.Directory, "cluster.json"));
                return 0;
            case "down":
                VirtualCluster.Down(NameOnly(line));
                return 0;
            case "status":
                return Status(Existing(NameOnly(line)));
            case "exec" when line.Rest.Count > 0:
                return Existing(NameOnly(line)).RunInside(line.Rest[0], line.Rest.Skip(1).ToList());
            case "serial" when line.Positional.Count == 1:
                var follow = line.Follow;
                return Serial(Existing(NameOnly(line)).Description.Node(line.Positional[0]), follow);
            case "help":
                Console.WriteLine(CommandLine.Usage);
                return 0;
            default:
                Console.Error.WriteLine(CommandLine.Usage);
                return 1;
        }
    }

    private static string NameOnly(CommandLine line)
    {
        var name = line.Name;
        line.RefuseOthers();
        return name;
    }

    private static VirtualCluster Existing(string name) =>
        VirtualCluster.Find(name) ?? throw new TestbedException($"no virtual cluster '{name}' is up");

    private static int Status(VirtualCluster cluster)
    {
        foreach (var node in cluster.Description.Nodes)
            Console.WriteLine($"{node.Name}  {(cluster.IsOn(node.Name) ? "on " : "off")}  {node.Firmware,-4}  {node.Ip}  {node.Mac}  bmc {node.Bmc.Address}");
        return 0;
    }

    private static int Serial(NodeDescription node, bool follow) => follow
        ? HostCommand.RunInteractive("/usr/bin/tail", ["-n", "+1", "-F", node.SerialLog])
        : HostCommand.RunInteractive("/bin/cat", [node.SerialLog]);

    private static int Chassis(string cluster, string node, string[] command)
    {
        var paths = ClusterPaths.Find(cluster) ?? throw new TestbedException($"no virtual cluster '{cluster}' is up");
        return new ChassisControl(new VirtualMachine(paths, node), Path.Combine(paths.Logs, $"chassis-{node}.log")).Run(command);
    }

    /// <summary>Removes the cluster as soon as its owner has ended; ends itself when the cluster was removed otherwise.</summary>
    private static int Watch(string cluster, string pid, string ticks)
    {
        var owner = new ProcessIdentity(int.Parse(pid, CultureInfo.InvariantCulture), ulong.Parse(ticks, CultureInfo.InvariantCulture));
        while (owner.IsAlive)
        {
            if (ClusterPaths.Find(cluster) is null)
                return 0;
            Thread.Sleep(250);
        }

        VirtualCluster.Down(cluster);
        return 0;
    }
}
