using Kadeploy.Transfer;

namespace Kadeploy.Controller.Transfers;

/// <summary>
/// The images that heads read now: transfers of the same image share one source, whatever deployment or cluster they are for, so that it is read
/// once. For a file that is the kernel's page cache behind one descriptor.
/// </summary>
internal sealed class ImageSources
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string File, string Sha256), Shared> _open = [];

    /// <summary>Opens an image, or takes part in a source that is open.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot be read.</exception>
    public ImageLease Open(string file, Manifest manifest)
    {
        var key = (file, manifest.Sha256);
        lock (_lock)
        {
            if (!_open.TryGetValue(key, out var shared))
                _open.Add(key, shared = new Shared(new FileImageSource(file)));
            shared.Users++;
            return new ImageLease(shared.Source, () => Close(key));
        }
    }

    private void Close((string, string) key)
    {
        lock (_lock)
        {
            var shared = _open[key];
            if (--shared.Users > 0)
                return;
            _open.Remove(key);
            ((IDisposable)shared.Source).Dispose();
        }
    }

    private sealed class Shared(IImageSource source)
    {
        public IImageSource Source => source;

        public int Users { get; set; }
    }
}
