using System.Text.Json.Serialization;

namespace Kadeploy.Api.Environments;

/// <summary>A registered environment: an operating system image and how it boots.</summary>
/// <param name="Id">Identity inside this controller.</param>
/// <param name="Name">Name; unique with owner and version.</param>
/// <param name="Version">Version; the greatest is used when none is asked for.</param>
/// <param name="Owner">User that registered it.</param>
/// <param name="Description">For a person.</param>
/// <param name="Visibility"><c>public</c>, <c>shared</c> or <c>private</c>.</param>
/// <param name="Os">Operating system: <c>linux</c>.</param>
/// <param name="Image">The image.</param>
/// <param name="Postinstalls">What is run after the image was written, in order.</param>
/// <param name="CreatedAt">When it was registered.</param>
/// <param name="Warnings">What the description says that was not understood, with its path.</param>
public sealed record EnvironmentInfo(
    string Id,
    string Name,
    int Version,
    string Owner,
    string Description,
    string Visibility,
    string Os,
    ImageInfo Image,
    IReadOnlyList<PostinstallInfo> Postinstalls,
    DateTimeOffset CreatedAt,
    IReadOnlyList<string> Warnings)
{
    /// <summary>File system that the root partition is formatted with; absent for images of whole disks.</summary>
    public string? Filesystem { get; init; }

    /// <summary>How the installed system boots; absent when the image brings its own loader.</summary>
    public BootInfo? Boot { get; init; }

    /// <summary>Who made the image; absent when the description does not say.</summary>
    public string? Author { get; init; }

    /// <summary>Architecture of the processor it runs on (<c>x86_64</c>); absent: any.</summary>
    public string? Architecture { get; init; }

    /// <summary>Words to find it by, in lower case.</summary>
    public IReadOnlyList<string> Tags { get; init => field = value ?? []; } = [];

    /// <summary>Whether it damages what other environments need, as its author says.</summary>
    public bool Destructive { get; init; }

    /// <summary>What prepares the disk in place of Kadeploy's own partitioning; absent: nothing.</summary>
    public PostinstallInfo? Preinstall { get; init; }

    /// <summary>Who signed its description, as the site's list of allowed signers names them; absent: nobody.</summary>
    public string? SignedBy { get; init; }

    /// <summary>Why it cannot be deployed, although it is kept; absent when it can.</summary>
    public string? NotDeployable { get; init; }
}

/// <summary>The image as the controller read it.</summary>
/// <param name="File">Absolute path on the controller.</param>
/// <param name="Kind">How it is written.</param>
/// <param name="Compression"><c>none</c>, <c>gzip</c>, <c>bzip2</c>, <c>xz</c> or <c>zstd</c>.</param>
/// <param name="Bytes">Size of the file in bytes.</param>
/// <param name="Sha256">Its SHA-256 in lower-case hexadecimal.</param>
public sealed record ImageInfo(string File, ImageKind Kind, string Compression, long Bytes, string Sha256);

/// <summary>How an image is written.</summary>
[JsonConverter(typeof(KebabEnumConverter<ImageKind>))]
public enum ImageKind
{
    /// <summary>Extracted into a fresh file system.</summary>
    Tar,

    /// <summary>Written block by block.</summary>
    Dd,

    /// <summary>fsarchiver's; kept, not deployed.</summary>
    Fsa,
}

/// <summary>What the installed system boots.</summary>
/// <param name="Kernel">Path inside the image.</param>
/// <param name="Initrd">Path inside the image; absent: none.</param>
/// <param name="KernelParams">Kernel parameters.</param>
public sealed record BootInfo(string Kernel, string? Initrd = null, string? KernelParams = null);

/// <summary>What is run after the image was written.</summary>
/// <param name="Script">Command inside the archive.</param>
/// <param name="Archive">Absolute path of the archive on the controller, if any.</param>
/// <param name="Compression">Compression of the archive.</param>
public sealed record PostinstallInfo(string Script, string? Archive = null, string? Compression = null);

/// <summary><c>GET /v1/environments</c>.</summary>
/// <param name="Environments">By owner, name, and version with the greatest first.</param>
/// <param name="Next">Value of <c>cursor</c> for the following page; absent on the last.</param>
public sealed record EnvironmentList(IReadOnlyList<EnvironmentInfo> Environments, string? Next = null);

/// <summary><c>POST /v1/environments</c>: reads the image, computes its digest and manifest. Answers 201 with <see cref="EnvironmentInfo"/>.</summary>
/// <param name="Description">The YAML text of the description.</param>
/// <param name="ImagePath">Replaces <c>image.file</c>: absolute path that the controller can read.</param>
/// <param name="Owner">For whom it is registered; absent: the caller. Others need an administrator.</param>
/// <param name="Signature">Under the description, as <c>ssh-keygen -Y sign -n kadeploy-environment</c> writes it; the description must then give every digest.</param>
public sealed record AddEnvironment(string Description, string? ImagePath = null, string? Owner = null, string? Signature = null);

/// <summary><c>PATCH /v1/environments/{owner}/{name}?version=</c>: changes what is said about an environment, never its image. Answers 200 with <see cref="EnvironmentInfo"/>.</summary>
/// <param name="Visibility"><c>public</c> (administrators), <c>shared</c> or <c>private</c>.</param>
/// <param name="Description">For a person.</param>
/// <param name="Tags">All its tags from now on.</param>
/// <param name="Destructive">Whether it damages what other environments need.</param>
public sealed record ChangeEnvironment(string? Visibility = null, string? Description = null, IReadOnlyList<string>? Tags = null, bool? Destructive = null);
