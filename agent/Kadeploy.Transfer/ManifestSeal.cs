using System.Security.Cryptography;

namespace Kadeploy.Transfer;

/// <summary>
/// The controller's signature over a manifest: ECDSA on P-256 with SHA-256 (FIPS 186-5), 64 bytes in the form of IEEE P1363. It names the transfer, so
/// that the signature of one image does not vouch for another one.
/// </summary>
public static class ManifestSeal
{
    /// <summary>What is signed: a label, the transfer's id (16 bytes, little-endian fields) and the SHA-256 of <see cref="Manifest.ToBytes"/>.</summary>
    public static byte[] Message(Guid transferId, ReadOnlySpan<byte> manifest) =>
        [.. "kadeploy manifest 1\0"u8, .. transferId.ToByteArray(), .. SHA256.HashData(manifest)];

    /// <summary>Whether the holder of a key (SubjectPublicKeyInfo, DER) signed this manifest for this transfer.</summary>
    public static bool Holds(ReadOnlySpan<byte> publicKey, Guid transferId, ReadOnlySpan<byte> manifest, ReadOnlySpan<byte> signature)
    {
        using var key = ECDsa.Create();
        try
        {
            key.ImportSubjectPublicKeyInfo(publicKey, out _);
        }
        catch (CryptographicException)
        {
            return false;
        }
        return key.VerifyData(Message(transferId, manifest), signature, HashAlgorithmName.SHA256);
    }
}
