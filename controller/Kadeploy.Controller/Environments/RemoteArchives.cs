using Kadeploy.Controller.Cache;
using Kadeploy.Deployments.Environments;

namespace Kadeploy.Controller.Environments;

/// <summary>Archives of pre- and postinstalls that lie on web servers: fetched into the cache when they are registered, pinned by their digest from then on.</summary>
internal sealed class RemoteArchives(FileCache cache)
{
    private const int Priority = 1;

    public static Uri? UrlOf(string archive) =>
        Uri.TryCreate(archive, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" ? url : null;

    /// <summary>The digest of what lies there now, or why it cannot be had.</summary>
    public async Task<(string? Sha256, CacheOutcome.Failed? Failed)> PinAsync(Uri url, CancellationToken cancellationToken)
    {
        switch (await cache.GetAsync(url, null, Priority, EnvironmentRegistrar.MostArchiveBytes, cancellationToken))
        {
            case CacheOutcome.Leased { Lease: var lease }:
                using (lease)
                    return (lease.Sha256, null);
            case var failed:
                return (null, (CacheOutcome.Failed)failed);
        }
    }

    /// <summary>Makes sure before a deployment that every archive is at hand and is what was registered; else the reason and what to tell.</summary>
    public async Task<(string Reason, string Detail)?> ProblemAsync(DeployableEnvironment environment, CancellationToken cancellationToken)
    {
        foreach (var script in environment.Postinstalls.Append(environment.Preinstall).OfType<Postinstall>())
        {
            if (UrlOf(script.Archive) is not { } url)
                continue;
            switch (await cache.GetAsync(url, script.Sha256, Priority, EnvironmentRegistrar.MostArchiveBytes, cancellationToken))
            {
                case CacheOutcome.Failed failed:
                    return (failed.Reason, failed.Detail);
                case CacheOutcome.Leased leased:
                    leased.Lease.Dispose();
                    break;
            }
        }
        return null;
    }

    /// <summary>The bytes of an archive, as a rule from the cache, where the deployment's start has put it.</summary>
    /// <exception cref="IOException">They cannot be had.</exception>
    public byte[] Read(Postinstall script, Uri url)
    {
        // Drivers make orders synchronously. Fetched again only where the cache had to let it go meanwhile.
        switch (cache.GetAsync(url, script.Sha256, Priority, EnvironmentRegistrar.MostArchiveBytes, CancellationToken.None).GetAwaiter().GetResult())
        {
            case CacheOutcome.Leased { Lease: var lease }:
                using (lease)
                    return File.ReadAllBytes(lease.Path);
            case var failed:
                throw new IOException(((CacheOutcome.Failed)failed).Detail);
        }
    }
}
