using System.Security.Cryptography;
using System.Text;

namespace Kadeploy.Controller.Storage;

/// <summary>Random secrets that are handed out once and kept as their hash only.</summary>
internal static class Secret
{
    /// <summary>256 random bits in lower-case hexadecimal.</summary>
    public static string Make() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    /// <summary>A plain SHA-256 is enough: what is hashed is random, not a password.</summary>
    public static string Hash(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
}
