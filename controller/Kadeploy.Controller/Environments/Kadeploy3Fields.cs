namespace Kadeploy.Controller.Environments;

/// <summary>Fields of Kadeploy3's description that no deployment of ours needs: kept, so that what was registered can be printed back whole.</summary>
/// <param name="Destructive">Whether the environment damages what others need.</param>
/// <param name="PartitionType">MBR type of the deployed partition; our layouts set it by role.</param>
/// <param name="Hypervisor">Path of the hypervisor inside the image.</param>
/// <param name="HypervisorParameters">Its parameters.</param>
/// <param name="BlockDevice">Disk of the boot loader, of images with several partitions.</param>
/// <param name="BootPartition">Partition of the boot loader, of images with several partitions.</param>
/// <param name="Multipart">Whether the image holds several partitions.</param>
/// <param name="Partitions">Which, and where each goes.</param>
internal sealed record Kadeploy3Fields(
    bool Destructive,
    int PartitionType,
    string Hypervisor,
    string HypervisorParameters,
    string BlockDevice,
    int? BootPartition,
    bool Multipart,
    IReadOnlyList<ImagePartition> Partitions)
{
    public static Kadeploy3Fields None { get; } = new(false, 0, "", "", "", null, false, []);
}

/// <summary>A partition inside an image.</summary>
/// <param name="Id">Its number in the image.</param>
/// <param name="Device">Where it goes.</param>
internal sealed record ImagePartition(int Id, string Device);
