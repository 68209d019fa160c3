namespace Kadeploy.Api.Cache;

/// <summary><c>GET /v1/cache</c> (administrators): files that were fetched from web servers.</summary>
/// <param name="LimitBytes">How much it may hold.</param>
/// <param name="Bytes">How much it holds.</param>
/// <param name="Files">Least recently used first.</param>
public sealed record CacheInfo(long LimitBytes, long Bytes, IReadOnlyList<CachedFile> Files);

/// <summary>One file.</summary>
/// <param name="Url">Where it came from.</param>
/// <param name="Bytes">Its size in bytes.</param>
/// <param name="Sha256">Its SHA-256 in lower-case hexadecimal.</param>
/// <param name="Priority">Lower ones go first: 0 for what was used once, 1 for what a registered environment names.</param>
/// <param name="UsedAt">When it was last used.</param>
/// <param name="InUse">How many use it now; it is never removed then.</param>
public sealed record CachedFile(string Url, long Bytes, string Sha256, int Priority, DateTimeOffset UsedAt, int InUse);

/// <summary><c>POST /v1/cache/purge</c> (administrators): removes what nobody uses. Answers 200 with <see cref="CachePurged"/>.</summary>
/// <param name="Url">Only this; absent: everything.</param>
public sealed record PurgeCache(string? Url = null);

/// <summary>What was removed.</summary>
/// <param name="Files">How many files.</param>
/// <param name="Bytes">How many bytes.</param>
public sealed record CachePurged(int Files, long Bytes);
