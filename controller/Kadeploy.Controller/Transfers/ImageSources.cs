using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Storage;
using Kadeploy.Deployments.Environments;
using Kadeploy.Transfer;

namespace Kadeploy.Controller.Transfers;

/// <summary>
/// The images that heads read now: transfers of the same image share one source, whatever deployment or cluster they are for, so that it is read
/// once. For a file that is the kernel's page cache behind one descriptor, for an image on the web a <see cref="SpooledImage"/>, or the cache when its server
/// does not serve ranges.
/// </summary>
internal sealed class ImageSources : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string File, string Sha256), Shared> _open = [];
    private readonly HttpClient _http = HttpOrigin.MakeClient();
    private readonly WholeImages _whole;
    private readonly string _spool;
    private readonly TimeProvider _time;

    public ImageSources(ControllerConfiguration configuration, WholeImages whole, TimeProvider time)
    {
        (_whole, _spool, _time) = (whole, Path.Combine(configuration.StateDirectory, "spool"), time);
        PrivateFile.Directory(_spool);
    }

    /// <summary>Where an image on the web is.</summary>
    public HttpOrigin Origin(string address) => new(_http, new Uri(address));

    /// <summary>Opens an image, or takes part in a source that is open.</summary>
    /// <exception cref="IOException">It cannot be read, or there is no room for it.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot be read.</exception>
    public ImageLease Open(Image image, Manifest manifest) => Open(image, manifest, () => Make(image, manifest));

    /// <summary>Opens an image whose server does not serve ranges: what is not in the cache is fetched first.</summary>
    /// <param name="image">Where it is.</param>
    /// <param name="manifest">Its blocks.</param>
    /// <param name="progress">Is told of the download.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IOException">It cannot be had or read.</exception>
    public async Task<ImageLease> OpenWholeAsync(Image image, Manifest manifest, Action<long, long> progress, CancellationToken cancellationToken)
    {
        var lease = await _whole.GetAsync(image.File, manifest.Sha256, progress, cancellationToken);
        var taken = false;
        try
        {
            return Open(image, manifest, () =>
            {
                taken = true;
                return new CachedImage(lease);
            });
        }
        finally
        {
            // Others read it already.
            if (!taken)
                lease.Dispose();
        }
    }

    public void Dispose() => _http.Dispose();

    private ImageLease Open(Image image, Manifest manifest, Func<IImageSource> make)
    {
        var key = (image.File, manifest.Sha256);
        lock (_lock)
        {
            if (!_open.TryGetValue(key, out var shared))
                _open.Add(key, shared = new Shared(make()));
            shared.Users++;
            return new ImageLease(shared.Source, () => Close(key, shared));
        }
    }

    private IImageSource Make(Image image, Manifest manifest) => HttpOrigin.Is(image.File)
        ? new SpooledImage(Origin(image.File), new OriginFacts(manifest.Length, image.Tag), manifest, _spool, _time)
        : new FileImageSource(image.File);

    private void Close((string, string) key, Shared shared)
    {
        lock (_lock)
        {
            if (--shared.Users > 0)
                return;
            _open.Remove(key);
        }
        ((IDisposable)shared.Source).Dispose();
    }

    private sealed class Shared(IImageSource source)
    {
        public IImageSource Source => source;

        public int Users { get; set; }
    }
}
