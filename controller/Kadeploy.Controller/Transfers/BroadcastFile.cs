using Kadeploy.Transfer;

namespace Kadeploy.Controller.Transfers;

/// <summary>A file that is sent, or waits to be.</summary>
/// <param name="Id">Of the upload, later of the broadcast.</param>
/// <param name="Path">Where it lies on the controller.</param>
/// <param name="Compression">As its first bytes show: none, gzip, bzip2, xz, zstd.</param>
/// <param name="Manifest">Its blocks.</param>
internal sealed record BroadcastFile(string Id, string Path, string Compression, Manifest Manifest)
{
    /// <summary>By the magic numbers of RFC 1952 (gzip), RFC 8878 (zstd), and of the formats' own descriptions (bzip2, xz).</summary>
    public static string CompressionOf(ReadOnlySpan<byte> start) =>
        start.StartsWith((ReadOnlySpan<byte>)[0x1f, 0x8b]) ? "gzip"
        : start.StartsWith("BZh"u8) ? "bzip2"
        : start.StartsWith((ReadOnlySpan<byte>)[0xfd, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0]) ? "xz"
        : start.StartsWith((ReadOnlySpan<byte>)[0x28, 0xb5, 0x2f, 0xfd]) ? "zstd"
        : "none";
}
