using Kadeploy.Agent.Inventory;

namespace Kadeploy.Agent.Steps;

/// <summary>The facts that name a disk.</summary>
internal static class DiskFacts
{
    public static Dictionary<string, string> Of(BlockDevice disk) => new()
    {
        ["disk-path"] = disk.Path,
        ["disk-serial"] = disk.Serial,
    };
}
