using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Storage;

namespace Kadeploy.Controller.Api;

/// <summary>
/// The certificate of the REST API: the site's, or one of our own that is made at the first start and stays. Clients pin its fingerprint, the SHA-256
/// of its DER form, which lies beside it in <c>api.fingerprint</c>.
/// </summary>
internal sealed class ApiCertificate
{
    public const string FingerprintFile = "api.fingerprint";

    private const string CertificateFile = "api.crt";
    private const string KeyFile = "api.key";

    // A pin is what makes it trusted, not its dates; ten years outlive the machine.
    private const int Years = 10;

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
        var (file, key) = (Path.Combine(configuration.StateDirectory, CertificateFile), Path.Combine(configuration.StateDirectory, KeyFile));
        if (configuration.Tls is { Certificate: { } ours, Key: { } its })
            (file, key) = (ours, its);
        else if (!File.Exists(file) || !File.Exists(key))
            Make(configuration, file, key);
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

    private static void Make(ControllerConfiguration configuration, string file, string keyFile)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=kadeployd", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddDnsName(Dns.GetHostName());
        foreach (var address in new[] { IPAddress.Loopback, IPAddress.IPv6Loopback, configuration.Address, configuration.Listen.Api.Address }.Distinct())
            names.AddIpAddress(address);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false)); // RFC 5280, 4.2.1.12: serverAuth
        // A day back: the clock of a client may be late.
        using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddYears(Years));
        PrivateFile.Write(keyFile, key.ExportPkcs8PrivateKeyPem() + "\n");
        PrivateFile.Write(file, made.ExportCertificatePem() + "\n");
    }
}
