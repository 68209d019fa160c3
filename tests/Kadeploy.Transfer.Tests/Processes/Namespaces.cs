using System.Diagnostics;
using System.Net;

namespace Kadeploy.Transfer.Tests.Processes;

/// <summary>
/// Hosts as network namespaces on one switch, or in racks, one after the other, whose switches another one joins; each behind a link shaped both ways. Needs root
/// and iproute2. Nothing leaves them.
/// </summary>
internal sealed class Namespaces : IDisposable
{
    private readonly string _prefix = $"kt{Environment.ProcessId}-{Interlocked.Increment(ref _made)}-";
    private readonly List<string> _names = [];
    private readonly List<(string Where, string Device)> _shaped = [];
    private static int _made;

    public Namespaces(int hosts, string rate, int racks = 1)
    {
        var bridge = Make("sw");
        for (var r = 0; r < racks; r++)
            Bridge(bridge, $"br{r}");
        if (racks > 1)
            Bridge(bridge, "core");
        for (var r = 0; r < racks && racks > 1; r++)
        {
            Ip("-n", bridge, "link", "add", "name", $"u{r}", "type", "veth", "peer", "name", $"d{r}");
            Ip("-n", bridge, "link", "set", $"u{r}", "master", $"br{r}", "up");
            Ip("-n", bridge, "link", "set", $"d{r}", "master", "core", "up");
        }
        for (var i = 0; i < hosts; i++)
        {
            var host = Make($"{i}");
            Ip("link", "add", "name", "e0", "netns", host, "type", "veth", "peer", "name", $"p{i}", "netns", bridge);
            Ip("-n", bridge, "link", "set", $"p{i}", "master", $"br{i * racks / hosts}", "up");
            Ip("-n", host, "addr", "add", $"{Address(i)}/24", "dev", "e0");
            Ip("-n", host, "link", "set", "e0", "up");
            Ip("-n", host, "link", "set", "lo", "up");
            _shaped.AddRange([(host, "e0"), (bridge, $"p{i}")]);
        }
        Shape(rate);
    }

    public static IPAddress Address(int host) => new([10, 79, 0, (byte)(host + 1)]);

    public string Name(int host) => $"{_prefix}{host}";

    /// <summary>From now on every host's link has this rate.</summary>
    public void Shape(string rate)
    {
        foreach (var (where, device) in _shaped)
            Run("tc", ["-n", where, "qdisc", "replace", "dev", device, "root", "tbf", "rate", rate, "burst", "128kb", "latency", "100ms"]);
    }

    /// <summary>Takes the switch's end of a host's link down: nothing is answered any more, and nobody is told.</summary>
    public void Cut(int host) => Ip("-n", $"{_prefix}sw", "link", "set", $"p{host}", "down");

    /// <summary>Bytes that have left a rack by its uplink, and come in.</summary>
    public (long Out, long In) Uplink(int rack)
    {
        long Count(string what) => long.Parse(
            Output("ip", ["netns", "exec", $"{_prefix}sw", "cat", $"/sys/class/net/u{rack}/statistics/{what}_bytes"]), System.Globalization.CultureInfo.InvariantCulture);
        return (Count("tx"), Count("rx"));
    }

    private static void Bridge(string where, string name)
    {
        Ip("-n", where, "link", "add", "name", name, "type", "bridge");
        Ip("-n", where, "link", "set", name, "up");
    }

    private string Make(string name)
    {
        Ip("netns", "add", _prefix + name);
        _names.Add(_prefix + name);
        return _prefix + name;
    }

    private static void Ip(params string[] arguments) => Run("ip", arguments);

    private static void Run(string program, string[] arguments) => Output(program, arguments);

    private static string Output(string program, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        var said = process.StandardError.ReadToEnd();
        Assert.True(process.WaitForExit(60_000), $"{program} {string.Join(' ', arguments)} still runs after 60 s");
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {said}");
        return output;
    }

    public void Dispose()
    {
        foreach (var name in _names)
            Ip("netns", "del", name);
    }
}
