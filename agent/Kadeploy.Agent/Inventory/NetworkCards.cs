using System.Net.NetworkInformation;

namespace Kadeploy.Agent.Inventory;

/// <summary>Network interfaces with hardware behind them, from sysfs; their addresses from the kernel's tables.</summary>
internal sealed class NetworkCards(MachineRoot root)
{
    public IReadOnlyList<NetworkCard> List()
    {
        var folder = $"{root.Sys}/class/net";
        if (!Directory.Exists(folder))
            return [];
        var addresses = Addresses();
        return [.. from path in Directory.EnumerateFileSystemEntries(folder)
            where Directory.Exists($"{path}/device") && MachineRoot.Read($"{path}/type") == "1"
            let name = Path.GetFileName(path)
            orderby name
            select new NetworkCard(
                name,
                MachineRoot.Read($"{path}/address").ToLowerInvariant(),
                Path.GetFileName(MachineRoot.RealPath($"{path}/device/driver")) is { } driver and not "driver" ? driver : "",
                MachineRoot.Read($"{path}/carrier") == "1",
                // -1 or an error stands for unknown.
                MachineRoot.ReadNumber($"{path}/speed"),
                addresses.GetValueOrDefault(name, []))];
    }

    private static Dictionary<string, IReadOnlyList<string>> Addresses()
    {
        try
        {
            return NetworkInterface.GetAllNetworkInterfaces().ToDictionary(
                each => each.Name,
                each => (IReadOnlyList<string>)[.. each.GetIPProperties().UnicastAddresses.Select(one => $"{one.Address}/{one.PrefixLength}")]);
        }
        catch (NetworkInformationException)
        {
            return [];
        }
    }
}
