using System.Globalization;
using Kadeploy.Agent.Linux;

namespace Kadeploy.Agent.Inventory;

/// <summary>
/// Which switch each network card hangs at, as the switches tell it, every 30 s as a rule (IEEE 802.1AB-2016, 9.2.5.7). Nobody waits for it: what is heard
/// is told when it is heard.
/// </summary>
internal sealed class SwitchNeighbours(MachineRoot root)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, SwitchPort> _heard = [];

    /// <summary>Listens on a thread of its own until the process ends, and says when something is new; nothing where the kernel does not allow it.</summary>
    /// <param name="interfaces">The interfaces listened at.</param>
    /// <param name="changed">Called on that thread.</param>
    public void Start(IEnumerable<string> interfaces, Action changed)
    {
        if (LldpSocket.Open() is not { } socket)
            return;
        var names = interfaces
            .Select(name => (Name: name, Index: int.TryParse(MachineRoot.Read($"{root.Sys}/class/net/{name}/ifindex"), CultureInfo.InvariantCulture, out var index) ? index : 0))
            .Where(each => each.Index > 0).ToDictionary(each => each.Index, each => each.Name);
        foreach (var index in names.Keys)
            socket.Join(index);
        new Thread(() =>
        {
            using (socket)
                while (socket.Next() is var (index, frame))
                    if (names.TryGetValue(index, out var name) && LldpFrame.Read(frame) is { } port && Keep(name, port))
                        changed();
        })
        { IsBackground = true, Name = "lldp" }.Start();
    }

    public SwitchPort? Of(string name)
    {
        lock (_gate)
            return _heard.GetValueOrDefault(name);
    }

    private bool Keep(string name, SwitchPort port)
    {
        lock (_gate)
        {
            if (_heard.TryGetValue(name, out var known) && known == port)
                return false;
            _heard[name] = port;
            return true;
        }
    }
}
