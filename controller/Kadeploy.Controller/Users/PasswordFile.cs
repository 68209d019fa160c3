using Kadeploy.Controller.Linux;

namespace Kadeploy.Controller.Users;

/// <summary>A file of <c>user:hash</c> lines as htpasswd -B writes it; read again whenever it has changed.</summary>
internal sealed partial class PasswordFile(string path, ILogger log)
{
    private readonly Lock _lock = new();
    private (DateTime Written, long Length) _stamp;
    private Dictionary<string, string> _hashes = new(StringComparer.Ordinal);

    /// <summary>Whether this user has this password. An unknown user takes as long as a known one.</summary>
    public bool Verify(string user, string password)
    {
        var hashes = Read();
        if (hashes.TryGetValue(user, out var hash))
            return LibCrypt.Verify(password, hash);
        if (hashes.Count > 0)
            LibCrypt.Verify(password, hashes.Values.First());
        return false;
    }

    private Dictionary<string, string> Read()
    {
        lock (_lock)
        {
            try
            {
                var file = new FileInfo(path);
                var stamp = file.Exists ? (file.LastWriteTimeUtc, file.Length) : default;
                if (stamp == _stamp)
                    return _hashes;
                _hashes = file.Exists ? Parse(File.ReadAllLines(path)) : new(StringComparer.Ordinal);
                _stamp = stamp;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Unreadable(log, path, e.Message);
            }
            return _hashes;
        }
    }

    private Dictionary<string, string> Parse(string[] lines)
    {
        var hashes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (i, line) in lines.Index())
        {
            if (line.Trim() is not { Length: > 0 } text || text[0] == '#')
                continue;
            var colon = text.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0 && UserNames.IsGood(text[..colon]) && LibCrypt.IsKnown(text[(colon + 1)..]))
                hashes[text[..colon]] = text[(colon + 1)..];
            else
                Ignored(log, path, i + 1);
        }
        return hashes;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{File} cannot be read, what it said before stays: {Why}")]
    private static partial void Unreadable(ILogger log, string file, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{File}:{Line} is ignored: no user with a bcrypt, SHA-2 or yescrypt hash ('htpasswd -B FILE USER' writes one)")]
    private static partial void Ignored(ILogger log, string file, int line);
}
