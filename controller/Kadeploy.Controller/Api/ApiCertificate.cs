using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Storage;
using Kadeploy.Controller.Trust;

namespace Kadeploy.Controller.Api;

/// <summary>
/// The certificate of the REST API: the site's, or one of our own that is made at the first start and stays. Clients pin its fingerprint, the SHA-256
/// of its DER form, which lies beside it in <c>api.fingerprint</c>.
/// </summary>
internal sealed class ApiCertificate
{
    public const string FingerprintFile = "api.fingerprint";

    private ApiCertificate(X509Certificate2 certificate, X509Certificate2Collection chain) =>
        (Context, Fingerprint) = (SslStreamCertificateContext.Create(certificate, chain, offline: true), Convert.ToHexStringLower(SHA256.HashData(certificate.RawData)));

    public SslStreamCertificateContext Context { get; }

    /// <summary>SHA-256 in lower-case hexadecimal.</summary>
    public string Fingerprint { get; }

    /// <summary>Null when the API is served without TLS.</summary>
    /// <exception cref="IOException">A file cannot be read or written.</exception>
    /// <exception cref="InvalidDataException">What they hold is no certificate with its key.</exception>
    public static ApiCertificate? Load(ControllerConfiguration configuration)
    {
        if (!configuration.Tls.Enabled)
            return null;
        var (file, key) = configuration.Tls is { Certificate: { } ours, Key: { } its }
            ? (ours, its)
            : OwnCertificate.Ensure(configuration, "api", configuration.Listen.Api.Address);
        try
        {
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(file);
            if (chain.Count > 0)
                chain.RemoveAt(0);
            var certificate = new ApiCertificate(X509Certificate2.CreateFromPemFile(file, key), chain);
            PrivateFile.Write(Path.Combine(configuration.StateDirectory, FingerprintFile), certificate.Fingerprint + "\n");
            return certificate;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new InvalidDataException($"{file} and {key} are no certificate with its private key: {e.Message}", e);
        }
    }
}
