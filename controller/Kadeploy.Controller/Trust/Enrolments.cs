using System.Globalization;

namespace Kadeploy.Controller.Trust;

/// <summary>
/// How many machines that nobody knows may be connected, and how often they may come: anyone can invent them. Nodes have their own door, so a flood
/// here costs them nothing.
/// </summary>
internal sealed class Enrolments(TimeProvider time)
{
    /// <summary>At once, from everywhere: a hall of new racks.</summary>
    public const int Most = 4096;

    /// <summary>At once, from one address: a machine has one agent, a relay in front of some has a few.</summary>
    public const int MostOfAddress = 16;

    /// <summary>In a minute, from one address.</summary>
    public const int MostInAMinute = 30;

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _connected = [];
    private readonly Dictionary<string, int> _came = [];
    private long _minuteBegan = time.GetTimestamp();
    private int _all;

    /// <summary>Why an address may not enrol now; null when it may: <see cref="Leave"/> must follow.</summary>
    public string? Enter(string address)
    {
        lock (_lock)
        {
            if (time.GetElapsedTime(_minuteBegan) > Minute)
            {
                _came.Clear();
                _minuteBegan = time.GetTimestamp();
            }
            var came = _came[address] = _came.GetValueOrDefault(address) + 1;
            if (_all >= Most)
                return $"{Most} machines wait to be accepted: delete or accept some";
            if (came > MostInAMinute || _connected.GetValueOrDefault(address) >= MostOfAddress)
                return string.Create(CultureInfo.InvariantCulture, $"{address} enrols more machines than an address may ({MostOfAddress} at once, {MostInAMinute} in a minute)");
            _connected[address] = _connected.GetValueOrDefault(address) + 1;
            _all++;
            return null;
        }
    }

    public void Leave(string address)
    {
        lock (_lock)
        {
            _all--;
            if (--_connected[address] == 0)
                _connected.Remove(address);
        }
    }
}
