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
    string Architecture,
    IReadOnlyList<string> Tags,
    string ImageFile,
    ImageKind Kind,
    string Compression,
    string? Sha256,
    Postinstall? Preinstall,
    IReadOnlyList<Postinstall> Postinstalls,
    string Kernel,
    string Initrd,
    string KernelParameters,
    string FileSystem,
    Kadeploy3Fields Kadeploy3,
    IReadOnlyList<string> Warnings);
