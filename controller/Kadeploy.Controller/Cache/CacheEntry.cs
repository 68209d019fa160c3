using System.Text.Json.Serialization;

namespace Kadeploy.Controller.Cache;

/// <summary>What is known of a cached file; kept beside it, so that it outlives a restart.</summary>
internal sealed record CacheEntry(string Url, string Sha256, long Bytes, int Priority, DateTimeOffset UsedAt)
{
    /// <summary>How many hold it.</summary>
    [JsonIgnore]
    public int InUse { get; set; }

    /// <summary>When it came, by <see cref="TimeProvider.GetTimestamp"/>; 0 for what an earlier run left.</summary>
    [JsonIgnore]
    public long Fetched { get; init; }
}
