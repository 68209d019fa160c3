using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Grpc.Net.Client;
using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Storage;

namespace Kadeploy.Controller.Trust;

/// <summary>
/// The key by which agents know the controller: it carries their link (TLS), and signs what they are to believe. Its pin, the SHA-256 of the public
/// key, travels in the initramfs and lies in <c>controller.pin</c>. The site's certificate has no part in it: that one is renewed, an initramfs is not.
/// </summary>
internal sealed class ControllerIdentity : IDisposable
{
    public const string PinFile = "controller.pin";

    private readonly ECDsa _key;
    // One native key, many transfers.
    private readonly Lock _signing = new();

    private ControllerIdentity(X509Certificate2 certificate, ECDsa key, DateTime made) => (Context, Pin, _key, Made) =
        (SslStreamCertificateContext.Create(certificate, null, offline: true), PinnedKey.Of(certificate), key, made);

    /// <summary>What the agents' listener shows.</summary>
    public SslStreamCertificateContext Context { get; }

    /// <summary>SHA-256 of the SubjectPublicKeyInfo, lower-case hexadecimal.</summary>
    public string Pin { get; }

    /// <summary>When its files were written, UTC.</summary>
    public DateTime Made { get; }

    /// <summary>Reads it, or makes it at the first start.</summary>
    /// <exception cref="IOException">A file cannot be read or written.</exception>
    /// <exception cref="InvalidDataException">What they hold is no certificate with its key.</exception>
    public static ControllerIdentity Load(ControllerConfiguration configuration)
    {
        var (file, key) = OwnCertificate.Ensure(configuration, "controller", configuration.Listen.Agents.Address);
        try
        {
            var certificate = X509Certificate2.CreateFromPemFile(file, key);
            var identity = new ControllerIdentity(
                certificate, certificate.GetECDsaPrivateKey() ?? throw new CryptographicException("it is no key of an elliptic curve"), File.GetLastWriteTimeUtc(file));
            PrivateFile.Write(Path.Combine(configuration.StateDirectory, PinFile), identity.Pin + "\n");
            return identity;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new InvalidDataException($"{file} and {key} are no certificate with its private key: {e.Message}", e);
        }
    }

    /// <summary>ECDSA over SHA-256 of the data, in the IEEE P1363 form: 64 bytes.</summary>
    public byte[] Sign(ReadOnlySpan<byte> data)
    {
        lock (_signing)
            return _key.SignData(data, HashAlgorithmName.SHA256);
    }

    public void Dispose()
    {
        _key.Dispose();
        Context.TargetCertificate.Dispose();
    }
}
