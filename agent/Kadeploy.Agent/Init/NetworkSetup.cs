using System.Collections.Concurrent;
using Kadeploy.Agent.Linux;
using Kadeploy.Agent.Processes;

namespace Kadeploy.Agent.Init;

/// <summary>Brings up the interface that booted, or all of them at once when it is not known, by busybox's DHCP client.</summary>
internal sealed class NetworkSetup(ProcessRunner runner, Drivers drivers)
{
    // How long the interface that booted may take to appear before all others are tried too.
    private static readonly TimeSpan NamedInterface = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan CarrierWait = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LeaseDeadline = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    private const string Folder = "/sys/class/net";

    private volatile bool _connected;

    private static readonly string[] Scripts = ["/usr/share/udhcpc/default.script", "/etc/udhcpc/default.script"];

    /// <summary>Returns the name of the first interface with a lease; tries for as long as it takes.</summary>
    public string BringUp(string mac)
    {
        var started = Environment.TickCount64;
        var tried = new HashSet<string>();
        var connected = new BlockingCollection<string>();
        var complained = false;
        while (true)
        {
            foreach (var name in Candidates(mac, started))
                if (tried.Add(name))
                    new Thread(() => connected.Add(Lease(name))) { IsBackground = true, Name = $"dhcp {name}" }.Start();
            if (connected.TryTake(out var first, Look))
            {
                _connected = true;
                return first;
            }
            // Interfaces may come late: behind a driver that is still loading its firmware.
            drivers.LoadAll();
            if (tried.Count == 0 && !complained && Environment.TickCount64 - started > NamedInterface.TotalMilliseconds)
            {
                complained = true;
                Log.Line("network: no interface yet; is its driver in this driver set?");
            }
        }
    }

    private static IEnumerable<string> Candidates(string mac, long started)
    {
        var all = Interfaces().ToList();
        if (mac.Length == 0)
            return all.Select(each => each.Name);
        var named = all.Where(each => each.Mac == mac).Select(each => each.Name).ToList();
        return named.Count > 0 || Environment.TickCount64 - started < NamedInterface.TotalMilliseconds
            ? named
            : all.Select(each => each.Name);
    }

    /// <summary>Ethernet interfaces (type 1) with hardware behind them.</summary>
    private static IEnumerable<(string Name, string Mac)> Interfaces() =>
        from path in Directory.EnumerateFileSystemEntries(Folder)
        where Directory.Exists($"{path}/device") && Text($"{path}/type") == "1"
        select (Path.GetFileName(path), Text($"{path}/address").ToLowerInvariant());

    private string Lease(string name)
    {
        for (var attempt = 1; !_connected; attempt++)
        {
            var error = NetworkLinks.BringUp(name);
            if (error != 0)
                Log.Line($"network: cannot bring {name} up: {Libc.Describe(error)}");
            WaitForCarrier(name);
            Directory.CreateDirectory("/run/kadeploy");
            var log = $"/run/kadeploy/udhcpc.{name}.log";
            // -n: give up without a lease; with one it stays in the background and renews it. -T/-t: a try a second.
            var result = runner.Run(new ProcessRequest(
                Tools.BusyBox,
                ["udhcpc", "-n", "-i", name, "-t", "8", "-T", "1", "-s", Scripts.FirstOrDefault(File.Exists) ?? Scripts[0]],
                LeaseDeadline)
            { OutputFile = log, KeepDescendants = true });
            if (result.Succeeded)
            {
                Log.Line($"network: {name} ({Text($"{Folder}/{name}/address")}) has a lease");
                return name;
            }
            if (_connected)
                break;
            Log.Line($"network: no lease on {name} (attempt {attempt}, link {(Text($"{Folder}/{name}/carrier") == "1" ? "up" : "down")}): {LastLine(log)}");
        }
        return name;
    }

    private static void WaitForCarrier(string name)
    {
        var until = Environment.TickCount64 + (long)CarrierWait.TotalMilliseconds;
        while (Text($"{Folder}/{name}/carrier") != "1" && Environment.TickCount64 < until)
            Thread.Sleep(10);
    }

    private static string LastLine(string log)
    {
        try
        {
            return File.ReadLines(log).LastOrDefault() ?? "udhcpc said nothing";
        }
        catch (IOException exception)
        {
            return exception.Message;
        }
    }

    private static string Text(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (IOException)
        {
            // carrier cannot be read while the interface is down (EINVAL), and an interface may be renamed under us.
            return "";
        }
    }
}
