using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Storage;

namespace Kadeploy.Controller.Uploads;

/// <summary>
/// Where uploaded images lie: unfinished ones under their id in <c>image-uploads</c>, registered ones under their digest in <c>store</c>, both in the state
/// directory and reachable by no path that a user can name.
/// </summary>
internal sealed class UploadFolder
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(7);

    private readonly UploadStore _store;
    private readonly TimeProvider _time;
    private readonly string _uploads;
    private readonly string _images;

    public UploadFolder(ControllerConfiguration configuration, UploadStore store, TimeProvider time)
    {
        (_store, _time) = (store, time);
        (_uploads, _images) = (Path.Combine(configuration.StateDirectory, "image-uploads"), Path.Combine(configuration.StateDirectory, "store"));
        PrivateFile.Directory(_uploads);
        PrivateFile.Directory(_images);
    }

    public string PathOf(Upload upload) => Path.Combine(_uploads, upload.Id);

    public long OffsetOf(Upload upload) => new FileInfo(PathOf(upload)) is { Exists: true } file ? file.Length : 0;

    /// <summary>Whether a path is that of a registered upload.</summary>
    public bool Holds(string path) => Path.GetDirectoryName(path) == _images;

    /// <summary>The upload this user has begun with this content, or a new one.</summary>
    public Upload Begin(string user, string name, long bytes, string sha256)
    {
        // Whoever never came back is forgotten; only what we know by its id is touched.
        foreach (var old in _store.Before(_time.GetUtcNow() - Kept))
            Forget(old);
        if (_store.Find(user, bytes, sha256) is { } begun)
            return begun;
        var upload = new Upload($"U-{Guid.NewGuid():D}", user, name, bytes, sha256);
        _store.Add(upload);
        return upload;
    }

    /// <summary>Appends a piece. False when it does not begin where the file ends.</summary>
    /// <exception cref="IOException">Somebody else writes to it, the disk is full, or the connection broke; what came stays.</exception>
    public async Task<bool> AppendAsync(Upload upload, long offset, Stream piece, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(PathOf(upload), new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.Write,
            Share = FileShare.None,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            BufferSize = 0,
        });
        if (file.Length != offset)
            return false;
        file.Seek(0, SeekOrigin.End);
        var buffer = new byte[256 * 1024];
        for (int read; (read = await piece.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            if (file.Position + read > upload.Bytes)
                throw new InvalidDataException($"more than the {upload.Bytes} bytes that were announced");
            await file.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
        }
        file.Flush(flushToDisk: true);
        return true;
    }

    /// <summary>Puts a finished upload among the images, under its digest. Its new path.</summary>
    public string Keep(Upload upload, string sha256)
    {
        var path = Path.Combine(_images, sha256);
        File.Move(PathOf(upload), path, overwrite: true);
        _store.Delete(upload.Id);
        return path;
    }

    /// <summary>Removes an image that nothing refers to any more.</summary>
    public void Drop(string path)
    {
        if (Holds(path))
            File.Delete(path);
    }

    public void Forget(Upload upload)
    {
        File.Delete(PathOf(upload));
        _store.Delete(upload.Id);
    }
}
