using System.Security.Cryptography;
using System.Text;
using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Storage;

namespace Kadeploy.Controller.Api;

/// <summary>The bearer token of the administrator: made at the first start, kept in a file that only its owner can read.</summary>
internal sealed class AdminToken
{
    public const string FileName = "admin.token";

    private readonly byte[] _hash;

    /// <exception cref="IOException">The file cannot be read or made.</exception>
    public AdminToken(ControllerConfiguration configuration)
    {
        var file = Path.Combine(configuration.StateDirectory, FileName);
        if (!File.Exists(file))
            PrivateFile.Write(file, Secret.Make() + "\n");
        var token = File.ReadAllText(file).Trim();
        if (token.Length < 32)
            throw new IOException($"{file} holds no token of at least 32 characters; remove it and a new one is made");
        _hash = SHA256.HashData(Encoding.UTF8.GetBytes(token));
    }

    /// <summary>Whether this is it; compared by digest in constant time.</summary>
    public bool Matches(string token) => CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(token)), _hash);
}
