namespace Kadeploy.Agent.Inventory;

/// <summary>What the controller shows of a machine, and chooses by.</summary>
/// <param name="Firmware">"bios" or "uefi".</param>
internal sealed record MachineDescription(
    string HostName, string Vendor, string Product, string Serial, string Uuid, string Firmware, ulong MemoryBytes,
    string CpuModel, uint CpuThreads, string Kernel, IReadOnlyList<BlockDevice> Disks, IReadOnlyList<NetworkCard> Interfaces)
{
    public static MachineDescription Read(MachineRoot root)
    {
        var dmi = $"{root.Sys}/class/dmi/id";
        return new(
            MachineRoot.Read($"{root.Proc}/sys/kernel/hostname"),
            MachineRoot.Read($"{dmi}/sys_vendor"),
            MachineRoot.Read($"{dmi}/product_name"),
            MachineRoot.Read($"{dmi}/product_serial"),
            MachineRoot.Read($"{dmi}/product_uuid").ToLowerInvariant(),
            root.IsUefi ? "uefi" : "bios",
            Kilobytes(Field($"{root.Proc}/meminfo", "MemTotal")) * 1024,
            Field($"{root.Proc}/cpuinfo", "model name"),
            (uint)Environment.ProcessorCount,
            MachineRoot.Read($"{root.Proc}/sys/kernel/osrelease"),
            new BlockDevices(root).List(),
            new NetworkCards(root).List());
    }

    /// <summary>The first "name : value" line of a file in /proc.</summary>
    private static string Field(string path, string name)
    {
        if (!File.Exists(path))
            return "";
        foreach (var line in File.ReadLines(path))
            if (line.StartsWith(name, StringComparison.Ordinal) && line.IndexOf(':') is > 0 and var colon)
                return line[(colon + 1)..].Trim();
        return "";
    }

    private static ulong Kilobytes(string text) => ulong.TryParse(text.Split(' ')[0], out var value) ? value : 0;
}
