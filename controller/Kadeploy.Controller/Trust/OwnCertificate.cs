using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Storage;

namespace Kadeploy.Controller.Trust;

/// <summary>Key pairs of kadeployd's own: ECDSA on P-256 with a self-signed certificate, made at the first start and kept, readable by its user only.</summary>
internal static class OwnCertificate
{
    // A pin is what makes it trusted, not its dates; ten years outlive the machine.
    private const int Years = 10;

    /// <summary>The files of a key pair below <c>stateDirectory</c>, which are made when one is missing.</summary>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public static (string Certificate, string Key) Ensure(ControllerConfiguration configuration, string name, IPAddress listens)
    {
        var (file, key) = (Path.Combine(configuration.StateDirectory, $"{name}.crt"), Path.Combine(configuration.StateDirectory, $"{name}.key"));
        if (!File.Exists(file) || !File.Exists(key))
            Make(configuration, listens, file, key);
        return (file, key);
    }

    private static void Make(ControllerConfiguration configuration, IPAddress listens, string file, string keyFile)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=kadeployd", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddDnsName(Dns.GetHostName());
        foreach (var address in new[] { IPAddress.Loopback, IPAddress.IPv6Loopback, configuration.Address, listens }.Distinct())
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
