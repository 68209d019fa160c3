using System.Collections.Concurrent;
using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Environments;
using Kadeploy.Controller.Storage;
using Kadeploy.Transfer;

namespace Kadeploy.Controller.Transfers;

/// <summary>
/// The files that broadcasts send: the controller's own, which stay where they are, and uploads, which are kept in the state directory until
/// the broadcast of them has ended.
/// </summary>
internal sealed class BroadcastFiles
{
    private const string UploadPrefix = "U-";
    private static readonly TimeSpan OriginPatience = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan UnclaimedLife = TimeSpan.FromDays(1);

    private readonly BroadcastFileStore _store;
    private readonly ImageFolders _folders;
    private readonly ImageSources _sources;
    private readonly WholeImages _whole;
    private readonly TimeProvider _time;
    private readonly string _uploads;

    // Files that still come in are in no table.
    private readonly ConcurrentDictionary<string, bool> _coming = new();

    public BroadcastFiles(BroadcastFileStore store, ImageFolders folders, ImageSources sources, WholeImages whole, ControllerConfiguration configuration, TimeProvider time)
    {
        (_store, _folders, _sources, _whole, _time, _uploads) = (store, folders, sources, whole, time, Path.Combine(configuration.StateDirectory, "uploads"));
        PrivateFile.Directory(_uploads);
        Sweep();
    }

    /// <summary>Takes in a file as it comes.</summary>
    /// <exception cref="IOException">It cannot be kept, or its sender went away.</exception>
    public async Task<BroadcastFile> UploadAsync(Stream content, CancellationToken cancellationToken)
    {
        Sweep();
        var id = $"{UploadPrefix}{Guid.NewGuid():D}";
        var path = Path.Combine(_uploads, id);
        _coming[path] = true;
        try
        {
            var file = await ReadAsync(id, path, content, new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, 0), cancellationToken);
            _store.Add(file);
            return file;
        }
        catch
        {
            File.Delete(path);
            throw;
        }
        finally
        {
            _coming.TryRemove(path, out _);
        }
    }

    /// <summary>Fetches a file from the web, once: it is sent from the copy. Null and a reason when it cannot be had.</summary>
    public async Task<(BroadcastFile? File, string Reason, string Detail)> FetchAsync(string broadcast, string address, CancellationToken cancellationToken)
    {
        try
        {
            var file = await CopyAsync(address, cancellationToken);
            return file.Manifest.Length == 0 ? (null, "file-empty", $"{address} is empty") : (Claim(file.Id, broadcast), "upload-failed", "the copy was lost");
        }
        catch (OriginException e)
        {
            return (null, e.Reason, e.Message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (null, "upload-failed", e.Message);
        }
    }

    /// <summary>Reads a file of the controller's once, for its manifest. Null and a reason when it may not be sent or cannot be read.</summary>
    public async Task<(BroadcastFile? File, string Reason, string Detail)> OfControllerAsync(string broadcast, string path, CancellationToken cancellationToken)
    {
        if (_folders.Confine(path) is not { } real)
            return (null, "file-not-allowed", $"{path} lies outside the allowed folders ({_folders.Allowed}): images.allowedDirectories in kadeployd.yaml");
        try
        {
            await using var content = new FileStream(real, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.SequentialScan);
            var file = await ReadAsync(broadcast, real, content, Stream.Null, cancellationToken);
            if (file.Manifest.Length == 0)
                return (null, "file-empty", $"{path} is empty");
            _store.Add(file);
            return (file, "", "");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (null, e is FileNotFoundException or DirectoryNotFoundException ? "file-missing" : "file-unreadable", $"{path}: {e.Message}");
        }
    }

    /// <summary>An upload becomes the file of a broadcast; null when it is not there, or was taken by another.</summary>
    public BroadcastFile? Claim(string upload, string broadcast) =>
        upload.StartsWith(UploadPrefix, StringComparison.Ordinal) && _store.Find(upload) is { } file && _store.Rename(upload, broadcast) ? file with { Id = broadcast } : null;

    /// <summary>As <see cref="Claim"/>, and the upload stays for another: the file is kept until both have ended.</summary>
    public BroadcastFile? Share(string upload, string id)
    {
        if (!upload.StartsWith(UploadPrefix, StringComparison.Ordinal) || _store.Find(upload) is not { } file)
            return null;
        var shared = file with { Id = id };
        _store.Add(shared);
        // Else it was taken, and perhaps deleted, in between.
        if (_store.Find(upload) is not null)
            return shared;
        _store.Remove(id);
        return null;
    }

    /// <summary>The file of a broadcast that has not ended.</summary>
    public BroadcastFile? Find(string broadcast) => _store.Find(broadcast);

    /// <summary>A broadcast was not started after all.</summary>
    public void Release(string broadcast)
    {
        _store.Remove(broadcast);
        Sweep();
    }

    /// <summary>Deletes uploads that no broadcast needs any more.</summary>
    public void Sweep()
    {
        // In this order: a file that comes in meanwhile is not in the list.
        var there = Directory.GetFiles(_uploads).Where(f => !_coming.ContainsKey(f)).ToList();
        var needed = _store.PathsAfterForgetting(UploadPrefix, UnclaimedLife);
        foreach (var file in there.Where(f => !needed.Contains(f)))
            File.Delete(file);
    }

    private async Task<BroadcastFile> CopyAsync(string address, CancellationToken cancellationToken)
    {
        try
        {
            using var stream = new OriginStream(_sources.Origin(address), 0, null, _time, OriginPatience);
            return await UploadAsync(stream, cancellationToken);
        }
        catch (OriginException e) when (e.Reason == HttpOrigin.IgnoresRanges)
        {
            using var lease = await _whole.GetAsync(address, null, (_, _) => { }, cancellationToken);
            await using var file = new FileStream(lease.Path, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.SequentialScan);
            return await UploadAsync(file, cancellationToken);
        }
    }

    private static async Task<BroadcastFile> ReadAsync(string id, string path, Stream content, Stream copy, CancellationToken cancellationToken)
    {
        using var reading = new CopyingStream(content, copy, cancellationToken);
        await using (copy)
        {
            // Hashing takes a core for as long as the file comes: on a thread of its own, so that requests go on.
            var manifest = await Task.Factory.StartNew(
                () => Manifest.Compute(reading, cancel: cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            return new BroadcastFile(id, path, BroadcastFile.CompressionOf(reading.Start), manifest);
        }
    }
}
