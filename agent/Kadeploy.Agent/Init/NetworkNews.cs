namespace Kadeploy.Agent.Init;

/// <summary>What init tells the agent, which it has started before: files in a folder in memory, so that an agent that is started again finds them too.</summary>
internal sealed class NetworkNews(string folder)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    private readonly string _interface = Path.Combine(folder, "interface");
    private readonly string _drivers = Path.Combine(folder, "drivers");

    /// <summary>Kinds of device that have been given to modprobe.</summary>
    public IReadOnlyList<string> Drivers => File.Exists(_drivers) ? File.ReadAllLines(_drivers) : [];

    /// <summary>The interface <paramref name="connected"/> has a lease.</summary>
    public void Tell(string connected, IEnumerable<string> drivers)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllLines(_drivers, drivers);
        // Renamed, so that nobody reads half of it.
        File.WriteAllText(_interface + ".new", connected);
        File.Move(_interface + ".new", _interface, overwrite: true);
    }

    /// <summary>The interface with a lease, once there is one.</summary>
    public async Task<string> WaitAsync(TimeProvider time, CancellationToken cancellation)
    {
        while (!File.Exists(_interface))
            await Task.Delay(Look, time, cancellation);
        return await File.ReadAllTextAsync(_interface, cancellation);
    }
}
