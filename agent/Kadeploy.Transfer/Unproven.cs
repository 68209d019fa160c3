using System.Net;

namespace Kadeploy.Transfer;

/// <summary>Connections that have not proven the key yet: bounded in all, and for one address, so that a stranger cannot keep the members out.</summary>
internal sealed class Unproven
{
    private const int Most = 64;
    private const int MostOfAddress = 32;

    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, int> _of = [];
    private int _all;

    /// <summary>False when there are too many; else <see cref="Leave"/> must follow.</summary>
    public bool Enter(IPAddress address)
    {
        lock (_lock)
        {
            var here = _of.GetValueOrDefault(address);
            if (_all >= Most || here >= MostOfAddress)
                return false;
            _of[address] = here + 1;
            _all++;
            return true;
        }
    }

    public void Leave(IPAddress address)
    {
        lock (_lock)
        {
            _all--;
            if (--_of[address] == 0)
                _of.Remove(address);
        }
    }
}
