using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Kadeploy.Cli.Client;

/// <summary>The one certificate that is accepted of a controller, whoever else vouches for another.</summary>
/// <param name="Fingerprint">SHA-256 of its DER form in lower-case hexadecimal.</param>
/// <param name="From">Where it was found, for messages.</param>
internal sealed record Pin(string Fingerprint, string From)
{
    public static Answer<Pin> Read(string text, string from)
    {
        var plain = text.Trim();
        if (plain.StartsWith("sha256:", StringComparison.OrdinalIgnoreCase))
            plain = plain["sha256:".Length..];
        plain = plain.Replace(":", "", StringComparison.Ordinal).ToLowerInvariant();
        return plain.Length == 64 && plain.All(char.IsAsciiHexDigit)
            ? new Pin(plain, from)
            : Failure.Usage($"{from}: '{Output.Printable.Line(text, 100)}' is no fingerprint: 64 hexadecimal digits, as kadeployd prints it when it starts");
    }

    public static string Of(X509Certificate certificate) => Convert.ToHexStringLower(SHA256.HashData(certificate.GetRawCertData()));

    /// <summary>For <see cref="SslClientAuthenticationOptions.RemoteCertificateValidationCallback"/>.</summary>
    public static bool Accepts(Pin? pin, X509Certificate? certificate, SslPolicyErrors errors, Action<string> refused)
    {
        if (certificate is null)
            return false;
        var shown = Of(certificate);
        if (pin is null ? errors == SslPolicyErrors.None : shown == pin.Fingerprint)
            return true;
        refused(shown);
        return false;
    }
}
