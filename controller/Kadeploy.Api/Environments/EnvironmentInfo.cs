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
/// <param name="Filesystem">File system that the root partition is formatted with; absent for images of whole disks.</param>
/// <param name="Boot">How the installed system boots; absent when the image brings its own loader.</param>
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
    string? Filesystem,
    BootInfo? Boot,
    IReadOnlyList<PostinstallInfo> Postinstalls,
    DateTimeOffset CreatedAt,
    IReadOnlyList<string> Warnings);

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
public sealed record EnvironmentList(IReadOnlyList<EnvironmentInfo> Environments);

/// <summary><c>POST /v1/environments</c>: reads the image, computes its digest and manifest. Answers 201 with <see cref="EnvironmentInfo"/>.</summary>
/// <param name="Description">The YAML text of the description.</param>
/// <param name="ImagePath">Replaces <c>image.file</c>: absolute path that the controller can read.</param>
public sealed record AddEnvironment(string Description, string? ImagePath = null);
