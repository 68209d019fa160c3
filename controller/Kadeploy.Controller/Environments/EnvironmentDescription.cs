using Kadeploy.Deployments.Environments;

namespace Kadeploy.Controller.Environments;

/// <summary>What a Kadeploy3 description file says, checked for itself; files it names were not looked at.</summary>
internal sealed record EnvironmentDescription(
    string Name,
    int Version,
    string Description,
    string Author,
    string Visibility,
    string Os,
    string ImageFile,
    ImageKind Kind,
    string Compression,
    string? Sha256,
    IReadOnlyList<Postinstall> Postinstalls,
    string Kernel,
    string Initrd,
    string KernelParameters,
    string FileSystem,
    IReadOnlyList<string> Warnings)
{
    /// <summary>Prepares the disk; null for none.</summary>
    public Postinstall? Preinstall { get; init; }
}
