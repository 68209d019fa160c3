namespace Kadeploy.Deployments.Environments;

/// <summary>An image file.</summary>
/// <param name="File">Absolute path on the controller, or an http(s) address.</param>
/// <param name="Kind">tar or dd.</param>
/// <param name="Compression">none, gzip, bzip2, xz or zstd.</param>
/// <param name="Bytes">Length of the file.</param>
/// <param name="Sha256">Lower-case hexadecimal SHA-256 of the file.</param>
/// <param name="Tag">For an address: the ETag or Last-Modified that it had when it was registered, empty when the server gave none.</param>
public sealed record Image(string File, ImageKind Kind, string Compression, long Bytes, string Sha256, string Tag = "");
