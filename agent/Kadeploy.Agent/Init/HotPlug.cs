using Kadeploy.Agent.Linux;

namespace Kadeploy.Agent.Init;

/// <summary>Loads drivers for devices that appear later: disks behind a controller that takes its time, or that an operator plugs in.</summary>
internal static class HotPlug
{
    public static void Start(Drivers drivers)
    {
        if (DeviceEvents.Open() is not { } events)
        {
            Log.Line("drivers: the kernel gives no device events; devices that appear late get no driver");
            return;
        }
        new Thread(() =>
        {
            using (events)
            {
                // What appeared since init looked, and before these events began.
                drivers.LoadAll();
                while (events.Next() is { } news)
                    if (news[0].StartsWith("add@", StringComparison.Ordinal) && Alias(news) is { } alias)
                        drivers.Load([alias]);
            }
        })
        { IsBackground = true, Name = "hotplug" }.Start();
    }

    private static string? Alias(IReadOnlyList<string> news) =>
        news.FirstOrDefault(line => line.StartsWith("MODALIAS=", StringComparison.Ordinal))?["MODALIAS=".Length..];
}
