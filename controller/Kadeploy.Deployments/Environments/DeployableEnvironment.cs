using System.Text.Json.Serialization;

namespace Kadeploy.Deployments.Environments;

/// <summary>An operating system image and how it boots: what Kadeploy calls an environment, as one deployment needs it.</summary>
/// <param name="Id">Storage id, stable for this (owner, name, version).</param>
/// <param name="Name">Name.</param>
/// <param name="Version">Version; the latest is used when a request names none.</param>
/// <param name="Owner">User who registered it.</param>
/// <param name="Image">The image.</param>
/// <param name="FileSystem">Root file system kind (<c>ext4</c>…), empty when the image brings its own.</param>
/// <param name="Kernel">Path of the kernel inside the installed system.</param>
/// <param name="Initrd">Path of the initrd, empty for none.</param>
/// <param name="KernelParameters">Appended to the cluster's.</param>
/// <param name="Postinstalls">Scripts of the environment, in order.</param>
public sealed record DeployableEnvironment(
    string Id,
    string Name,
    int Version,
    string Owner,
    Image Image,
    string FileSystem,
    string Kernel,
    string Initrd,
    string KernelParameters,
    IReadOnlyList<Postinstall> Postinstalls)
{
    /// <summary>For operations that are about none.</summary>
    public static DeployableEnvironment None { get; } = new("", "", 0, "", new("", ImageKind.Tar, "none", 0, ""), "", "", "", "", []);

    /// <summary>Its identity: <c>owner/name:version</c>.</summary>
    [JsonIgnore]
    public string FullName => $"{Owner}/{Name}:{Version}";

    /// <summary>Prepares the disk in place of our own partitioning and formatting; null for none.</summary>
    public Postinstall? Preinstall { get; init; }
}
