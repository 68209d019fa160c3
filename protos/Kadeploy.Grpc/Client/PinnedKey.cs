using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Grpc.Net.Client;

/// <summary>
/// A server's public key that is known before it is dialled, as in RFC 7858, 4.2: it is all that is believed of a certificate. Names, dates and
/// authorities mean nothing here: a machine that boots has no clock to trust and no authority to ask.
/// </summary>
public sealed class PinnedKey
{
    private readonly byte[] _pin;

    private PinnedKey(byte[] pin) => _pin = pin;

    /// <summary>SHA-256 of the key (its SubjectPublicKeyInfo, RFC 5280, 4.1), lower-case hexadecimal.</summary>
    public string Pin => Convert.ToHexStringLower(_pin);

    /// <summary>The key itself (SubjectPublicKeyInfo, DER), once a server has proven that it holds it; null before.</summary>
    public byte[]? PublicKey { get; private set; }

    /// <summary>The pin of the server that was turned away since the last <see cref="DialOptions"/>; null when none was.</summary>
    public string? Stranger { get; private set; }

    /// <summary>64 hexadecimal digits, as <see cref="Of"/> and <see cref="Pin"/> write them; null when they are none.</summary>
    public static PinnedKey? Parse(string text)
    {
        var pin = new byte[SHA256.HashSizeInBytes];
        return text.Length == 2 * pin.Length && Convert.FromHexString(text, pin, out _, out _) == System.Buffers.OperationStatus.Done ? new PinnedKey(pin) : null;
    }

    /// <summary>The pin of a certificate's key.</summary>
    public static string Of(X509Certificate2 certificate) => Convert.ToHexStringLower(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()));

    /// <summary>How a handler must dial so that it speaks to the holder of this key and to nobody else: TLS 1.3 only.</summary>
    public SslClientAuthenticationOptions DialOptions()
    {
        Stranger = null;
        return new SslClientAuthenticationOptions
        {
            EnabledSslProtocols = SslProtocols.Tls13,
            // Every connection proves the key anew, and the server keeps nothing.
            AllowTlsResume = false,
            // A chain is built before anyone is asked: without the system's authorities and without fetching what a certificate names.
            CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
                DisableCertificateDownloads = true,
            },
            RemoteCertificateValidationCallback = (_, certificate, _, _) => Accepts(certificate),
        };
    }

    private bool Accepts(X509Certificate? certificate)
    {
        if (certificate is null)
            return false;
        using var shown = new X509Certificate2(certificate);
        var key = shown.PublicKey.ExportSubjectPublicKeyInfo();
        var hash = SHA256.HashData(key);
        if (!CryptographicOperations.FixedTimeEquals(hash, _pin))
        {
            Stranger = Convert.ToHexStringLower(hash);
            return false;
        }
        (PublicKey, Stranger) = (key, null);
        return true;
    }
}
