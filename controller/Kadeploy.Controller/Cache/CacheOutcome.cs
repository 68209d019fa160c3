namespace Kadeploy.Controller.Cache;

/// <summary>What became of a file that was asked for.</summary>
internal abstract record CacheOutcome
{
    private CacheOutcome()
    {
    }

    /// <summary>It is there, for as long as the lease is held.</summary>
    public sealed record Leased(CacheLease Lease) : CacheOutcome;

    /// <summary>It is not, and nothing of it was left behind.</summary>
    /// <param name="Reason">Stable kebab-case code.</param>
    /// <param name="Detail">For a person.</param>
    public sealed record Failed(string Reason, string Detail) : CacheOutcome;
}

/// <summary>Keeps a file from being removed until it is disposed of.</summary>
internal sealed class CacheLease(string path, string sha256, long bytes, Action release) : IDisposable
{
    private Action? _release = release;

    public string Path { get; } = path;

    /// <summary>SHA-256 in lower-case hexadecimal.</summary>
    public string Sha256 { get; } = sha256;

    public long Bytes { get; } = bytes;

    public void Dispose() => Interlocked.Exchange(ref _release, null)?.Invoke();
}
