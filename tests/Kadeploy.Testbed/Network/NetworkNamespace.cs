using Kadeploy.Testbed.Processes;

namespace Kadeploy.Testbed.Network;

/// <summary>The cluster's own network: a namespace with a bridge, one tap a node, and no way out.</summary>
internal sealed class NetworkNamespace(string name)
{
    public const string Bridge = "br0";

    /// <summary>Where ip-netns(8) keeps them, by name.</summary>
    public const string Folder = "/run/netns";

    private const string Ip = "/usr/sbin/ip";

    public string Name { get; } = name;

    public bool Exists => File.Exists($"{Folder}/{Name}");

    public static string Tap(string node) => "t-" + node;

    /// <summary>Program and arguments that run a program inside.</summary>
    public IReadOnlyList<string> Inside(string program, IReadOnlyList<string> arguments) => ["netns", "exec", Name, program, .. arguments];

    public CommandResult TryRun(string program, params IReadOnlyList<string> arguments) => HostCommand.TryRun(Ip, Inside(program, arguments));

    public int RunInteractive(string program, IReadOnlyList<string> arguments) => HostCommand.RunInteractive(Ip, Inside(program, arguments));

    public ProcessIdentity StartDaemon(string record, string log, string program, params IReadOnlyList<string> arguments) =>
        Daemon.Start(record, log, Ip, Inside(program, arguments));

    public void Create(IEnumerable<string> addresses, IEnumerable<string> taps)
    {
        HostCommand.Run(Ip, "netns", "add", Name);
        In("link", "set", "lo", "up");
        // Forwarding from the first packet: with the default delay of 15 s the firmware's DHCP would time out.
        In("link", "add", Bridge, "type", "bridge", "forward_delay", "0", "mcast_snooping", "0");
        foreach (var address in addresses)
        {
            if (address.Contains(':', StringComparison.Ordinal))
                In("addr", "add", address, "dev", Bridge, "nodad");
            else
                In("addr", "add", address, "brd", "+", "dev", Bridge);
        }

        In("link", "set", Bridge, "up");
        foreach (var tap in taps)
        {
            In("tuntap", "add", tap, "mode", "tap");
            In("link", "set", tap, "master", Bridge, "up");
        }
    }

    // ip-link(8): with an ageing time of 0 the bridge learns no address.
    public void Flood() => In("link", "set", Bridge, "type", "bridge", "ageing_time", "0");

    /// <summary>Ends every process inside (whoever started it put it there on purpose) and removes the namespace.</summary>
    public void Delete()
    {
        if (!Exists)
            return;
        // Until there is none: one that was just being stopped may have started another.
        for (var left = Processes(); left.Count > 0; left = Processes())
            foreach (var process in left)
                Signals.Stop(process, TimeSpan.FromSeconds(5));
        HostCommand.Run(Ip, "netns", "delete", Name);
    }

    private List<ProcessIdentity> Processes() =>
        HostCommand.Run(Ip, "netns", "pids", Name)
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(int.Parse)
            .Where(pid => pid != Environment.ProcessId)
            .Select(ProcessIdentity.Of)
            .OfType<ProcessIdentity>()
            .ToList();

    private void In(params IReadOnlyList<string> arguments) => HostCommand.Run(Ip, ["-n", Name, .. arguments]);
}
