namespace Kadeploy.Simulation;

/// <summary>What is on a simulated disk.</summary>
/// <param name="Partitioned">Whether it has a partition table.</param>
/// <param name="Formatted">Whether the root has a file system.</param>
/// <param name="Image">Digest of the image, empty without one. A node that died while writing has none.</param>
/// <param name="Bootable">Whether a loader was installed.</param>
internal sealed record SimulatedDisk(bool Partitioned, bool Formatted, string Image, bool Bootable)
{
    /// <summary>What the machine ran before anyone deployed it.</summary>
    public static SimulatedDisk Former { get; } = new(true, true, "former", true);
}
