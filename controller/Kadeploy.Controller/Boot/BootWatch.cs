namespace Kadeploy.Controller.Boot;

/// <summary>
/// What was last seen of each booting machine, so that the verdict on one that never comes up can say how far it got.
/// Files carry no MAC: they are attributed to the machine whose iPXE asked from the same address.
/// </summary>
internal sealed class BootWatch(TimeProvider time)
{
    // Anyone on the provisioning network can invent MACs; the oldest make room.
    private const int MostMachines = 16_384;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, BootSighting> _last = [];
    private readonly Dictionary<string, string> _macByAddress = [];

    /// <summary>Raised for every sighting, outside any lock; handlers must be quick and never throw.</summary>
    public event Action<BootSighting>? Seen;

    public BootSighting? LastOf(string mac)
    {
        lock (_lock)
            return _last.GetValueOrDefault(mac);
    }

    /// <summary>What was seen of a machine so far is of a boot that ends now.</summary>
    public void Forget(string mac)
    {
        lock (_lock)
            _last.Remove(mac);
    }

    /// <summary>A machine asked for its script.</summary>
    public void Record(string mac, string? address, string what)
    {
        var sighting = new BootSighting(mac, what, time.GetUtcNow());
        lock (_lock)
        {
            if (_last.Count >= MostMachines && !_last.ContainsKey(mac))
                DropOldest();
            _last[mac] = sighting;
            if (address is not null)
                _macByAddress[address] = mac;
        }
        Seen?.Invoke(sighting);
    }

    /// <summary>Something at an address fetched a file.</summary>
    public void RecordByAddress(string? address, string what)
    {
        string? mac;
        lock (_lock)
            mac = address is null ? null : _macByAddress.GetValueOrDefault(address);
        if (mac is not null)
            Record(mac, null, what);
    }

    private void DropOldest()
    {
        foreach (var old in _last.Values.OrderBy(s => s.At).Take(MostMachines / 16).ToList())
            _last.Remove(old.Mac);
        foreach (var (address, mac) in _macByAddress.ToList())
            if (!_last.ContainsKey(mac))
                _macByAddress.Remove(address);
    }
}
