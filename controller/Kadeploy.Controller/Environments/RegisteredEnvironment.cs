using System.Text.Json.Serialization;
using Kadeploy.Deployments.Environments;

namespace Kadeploy.Controller.Environments;

/// <summary>An environment as it was registered.</summary>
/// <param name="Deployable">What a deployment needs of it.</param>
/// <param name="Description">For a person.</param>
/// <param name="Author">Who made the image.</param>
/// <param name="Visibility"><c>public</c>, <c>shared</c> or <c>private</c>.</param>
/// <param name="Os"><c>linux</c>, <c>xen</c> or <c>other</c>.</param>
/// <param name="ImageModified">Modification time of the image file when it was read: a cheap sign that it is still the same.</param>
/// <param name="CreatedAt">When it was registered.</param>
/// <param name="Warnings">What the description says that was not understood.</param>
internal sealed record RegisteredEnvironment(
    DeployableEnvironment Deployable,
    string Description,
    string Author,
    string Visibility,
    string Os,
    DateTimeOffset ImageModified,
    DateTimeOffset CreatedAt,
    IReadOnlyList<string> Warnings)
{
    // Documents of an older kadeployd lack these three: the reader of JSON then hands in null.

    /// <summary>Words to find it by, in lower case and in order.</summary>
    public IReadOnlyList<string> Tags { get; init => field = value ?? []; } = [];

    /// <summary>Architecture of the processor it runs on; empty for any.</summary>
    public string Architecture { get; init => field = value ?? ""; } = "";

    /// <summary>What was signed and by whom; null when nothing was.</summary>
    public EnvironmentSignature? Signature { get; init; }

    /// <summary>Whether the image's web server does not serve ranges, so that it is fetched as a whole into the cache.</summary>
    public bool Whole { get; init; }

    /// <summary>What Kadeploy3 has besides.</summary>
    public Kadeploy3Fields Kadeploy3 { get; init => field = value ?? Kadeploy3Fields.None; } = Kadeploy3Fields.None;

    /// <summary>Why it cannot be deployed, although it is kept; null when it can.</summary>
    [JsonIgnore]
    public string? NotDeployable =>
        Deployable.Image.Kind == ImageKind.Fsa ? "fsarchiver images are kept, and not deployed: make a tar of it"
        : Os == "xen" ? "Xen hypervisors are kept, and not deployed"
        : Kadeploy3.Multipart ? "images of several partitions are kept, and not deployed: make a dd of the whole disk"
        : Deployable.Image.Kind == ImageKind.Tar && !EnvironmentParser.FileSystems.Contains(Deployable.FileSystem)
            ? $"a tar image goes onto {string.Join(", ", EnvironmentParser.FileSystems)}, not onto {Deployable.FileSystem}"
        : null;
}
