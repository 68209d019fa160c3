using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Kadeploy.TestSupport;

/// <summary>Certificates of test servers.</summary>
public static class SelfSigned
{
    /// <summary>A new key on P-256 with its certificate.</summary>
    public static X509Certificate2 Make()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest("CN=test", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
