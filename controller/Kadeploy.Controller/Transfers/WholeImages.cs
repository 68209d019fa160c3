using Kadeploy.Controller.Cache;
using Kadeploy.Deployments.Environments;

namespace Kadeploy.Controller.Transfers;

/// <summary>Images of web servers that do not serve ranges (RFC 9110, 14): fetched once as a whole, into the cache, and used from there.</summary>
internal sealed class WholeImages(FileCache cache)
{
    // Archives are small and wanted by many: images go before them.
    private const int Priority = 0;

    public bool Has(Image image) => cache.Has(new Uri(image.File), image.Sha256);

    /// <param name="address">Where it is.</param>
    /// <param name="sha256">The digest it must have; null to take it as it is now.</param>
    /// <param name="progress">Is told the bytes that have come, and how many will, 0 while unknown; on any thread.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The image for as long as the lease is held.</returns>
    /// <exception cref="OriginException">It cannot be had, is another one, or does not fit.</exception>
    public async Task<CacheLease> GetAsync(string address, string? sha256, Action<long, long> progress, CancellationToken cancellationToken) =>
        await cache.GetAsync(new Uri(address), sha256, Priority, cache.Limit, cancellationToken, progress) switch
        {
            CacheOutcome.Leased leased => leased.Lease,
            CacheOutcome.Failed { Reason: "download-digest-mismatch" } changed => throw new OriginException("image-changed", changed.Detail),
            CacheOutcome.Failed { Reason: "download-too-large" } large => throw new OriginException("cache-full", $"{large.Detail}: cache.size in kadeployd.yaml"),
            CacheOutcome.Failed failed => throw new OriginException(failed.Reason, failed.Detail),
            _ => throw new InvalidOperationException("a file is either leased or not"),
        };
}
