using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Kadeploy.Controller.Storage;

namespace Kadeploy.Controller.Cache;

/// <summary>
/// Files of web servers that are needed whole. Getting one: 1. one download however many ask at once; 2. room is made by removing what nobody uses, by
/// priority, then least recently used first, and kept for it; 3. it is fetched beside its place, bounded; 4. only with the right digest it takes its place.
/// A file is known by its address; what else lies in the folder is never touched.
/// </summary>
internal sealed class FileCache : IDisposable
{
    private const string Content = ".file";
    private const string Facts = ".json";
    private const string Unfinished = ".part";

    // How much room is kept at a time for what does not say how long it is.
    private const long Piece = 64 << 20;

    // No byte for so long: the server is gone.
    private static readonly TimeSpan Stall = TimeSpan.FromSeconds(40);

    private readonly string _folder;
    private readonly long _limit;
    private readonly TimeProvider _time;
    private readonly TimeSpan _stall;
    private readonly HttpClient _http;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, CacheEntry> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _coming = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _gates = new();

    /// <param name="folder">Its own folder.</param>
    /// <param name="limit">Most bytes it may hold.</param>
    /// <param name="time">For ages.</param>
    /// <param name="http">Handler of the requests.</param>
    /// <param name="stall">How long a server may say nothing; 40 s unless it is given.</param>
    public FileCache(string folder, long limit, TimeProvider time, HttpMessageHandler http, TimeSpan? stall = null)
    {
        (_folder, _limit, _time, _stall) = (folder, limit, time, stall ?? Stall);
        _http = new HttpClient(http) { Timeout = Timeout.InfiniteTimeSpan };
        PrivateFile.Directory(folder);
        Recall();
    }

    public long Limit => _limit;

    public IReadOnlyList<CacheEntry> List()
    {
        lock (_lock)
            return [.. _entries.Values.OrderBy(e => e.Priority).ThenBy(e => e.UsedAt).Select(e => e with { InUse = e.InUse })];
    }

    /// <param name="url">Its address.</param>
    /// <param name="sha256">The digest it must have; null when any will do.</param>
    /// <param name="priority">Lower ones go first.</param>
    /// <param name="most">Most bytes it may have.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="progress">Is told the bytes that have come, and how many will, 0 while unknown; of a download of its own only.</param>
    public async Task<CacheOutcome> GetAsync(
        Uri url, string? sha256, int priority, long most, CancellationToken cancellationToken, Action<long, long>? progress = null)
    {
        var key = KeyOf(url);
        var asked = _time.GetTimestamp();
        // 1
        var gate = _gates.GetOrAdd(key, _ => new SemaphoreSlim(1));
        await gate.WaitAsync(cancellationToken);
        try
        {
            // Without a digest nobody can say whether what lies here is still what the server has: it is asked again, unless that was done while this waited.
            if (Lease(key, sha256, asked, priority) is { } here)
                return new CacheOutcome.Leased(here);
            return await FetchAsync(key, url, sha256, priority, most, progress, cancellationToken);
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Whether a file lies here, so that no server need be asked.</summary>
    public bool Has(Uri url, string sha256)
    {
        lock (_lock)
            return _entries.TryGetValue(KeyOf(url), out var entry) && entry.Sha256 == sha256 && File.Exists(PathOf(KeyOf(url)));
    }

    /// <summary>Removes what nobody uses; of one address, or all. How many files and bytes.</summary>
    public (int Files, long Bytes) Purge(Uri? url)
    {
        lock (_lock)
        {
            var gone = _entries.Where(e => e.Value.InUse == 0 && (url is null || e.Value.Url == url.AbsoluteUri)).ToList();
            foreach (var (key, _) in gone)
                Remove(key);
            return (gone.Count, gone.Sum(e => e.Value.Bytes));
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        foreach (var gate in _gates.Values)
            gate.Dispose();
    }

    private async Task<CacheOutcome> FetchAsync(
        string key, Uri url, string? sha256, int priority, long most, Action<long, long>? progress, CancellationToken cancellationToken)
    {
        var part = Path.Combine(_folder, $"{key}-{Guid.NewGuid():N}{Unfinished}");
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stall.CancelAfter(_stall);
        try
        {
            using var response = await _http.GetAsync(url, HttpCompletionOption.ResponseHeadersRead, stall.Token);
            if (!response.IsSuccessStatusCode)
                return new CacheOutcome.Failed("download-refused", $"{url} answered HTTP {(int)response.StatusCode}");
            if (response.Content.Headers.ContentLength > most)
                return new CacheOutcome.Failed("download-too-large", $"{url} has {response.Content.Headers.ContentLength} bytes, {most} are allowed");
            // 2
            if (!MakeRoom(response.Content.Headers.ContentLength ?? 0, key))
                return Full(url);
            // 3
            var (digest, bytes) = await CopyAsync(response, key, part, most, progress, stall);
            if (digest is null)
                return Full(url);
            if (bytes > most)
                return new CacheOutcome.Failed("download-too-large", $"{url} has more than {most} bytes");
            if (sha256 is not null && digest != sha256)
                return new CacheOutcome.Failed("download-digest-mismatch", $"{url} has SHA-256 {digest} now, {sha256} is expected");
            // 4
            return Place(part, key, new CacheEntry(url.AbsoluteUri, digest, bytes, priority, _time.GetUtcNow()) { Fetched = _time.GetTimestamp() }) is { } lease
                ? new CacheOutcome.Leased(lease)
                : new CacheOutcome.Failed("download-in-use", $"{url} is another file now, and the former one is still in use: try again when that has ended");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new CacheOutcome.Failed("download-failed", $"{url}: nothing came for {_stall.TotalSeconds:0} s");
        }
        catch (HttpRequestException e)
        {
            return new CacheOutcome.Failed("download-failed", $"{url}: {e.Message}");
        }
        catch (IOException e)
        {
            return new CacheOutcome.Failed("download-failed", $"{url}: {e.Message}");
        }
        finally
        {
            File.Delete(part);
            lock (_lock)
                _coming.Remove(key);
        }

        CacheOutcome.Failed Full(Uri what) => new("cache-full", $"{what} does not fit beside what is in use: the cache has {_limit} bytes (cache.size in kadeployd.yaml)");
    }

    /// <summary>The digest is null when no room could be made.</summary>
    private async Task<(string? Digest, long Bytes)> CopyAsync(
        HttpResponseMessage response, string key, string part, long most, Action<long, long>? progress, CancellationTokenSource stall)
    {
        var total = response.Content.Headers.ContentLength ?? 0;
        var room = total;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var from = await response.Content.ReadAsStreamAsync(stall.Token);
        await using var to = new FileStream(part, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        var buffer = new byte[256 * 1024];
        var bytes = 0L;
        for (int read; bytes <= most && (read = await from.ReadAsync(buffer, stall.Token)) > 0;)
        {
            stall.CancelAfter(_stall);
            if (bytes + read > room && !MakeRoom(room = bytes + Math.Max(read, Math.Min(Piece, most - bytes)), key) && !MakeRoom(room = bytes + read, key))
                return (null, bytes);
            hash.AppendData(buffer.AsSpan(0, read));
            await to.WriteAsync(buffer.AsMemory(0, read), stall.Token);
            bytes += read;
            progress?.Invoke(bytes, total);
        }
        to.Flush(flushToDisk: true);
        return (Convert.ToHexStringLower(hash.GetHashAndReset()), bytes);
    }

    private CacheLease? Lease(string key, string? sha256, long asked, int priority)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(key, out var entry) || (sha256 is null ? entry.Fetched < asked : entry.Sha256 != sha256) || !File.Exists(PathOf(key)))
                return null;
            return Hold(key, entry with { UsedAt = _time.GetUtcNow(), Priority = Math.Max(entry.Priority, priority), InUse = entry.InUse });
        }
    }

    private CacheLease? Place(string part, string key, CacheEntry entry)
    {
        lock (_lock)
        {
            if (_entries.TryGetValue(key, out var before))
            {
                if (before.InUse > 0 && before.Sha256 != entry.Sha256)
                    return null;
                entry.InUse = before.InUse;
            }
            File.Move(part, PathOf(key), overwrite: true);
            return Hold(key, entry);
        }
    }

    private CacheLease Hold(string key, CacheEntry entry)
    {
        entry.InUse++;
        _entries[key] = entry;
        PrivateFile.Write(Path.Combine(_folder, key + Facts), JsonSerializer.Serialize(entry, StorageJson.Default.CacheEntry));
        return new CacheLease(PathOf(key), entry.Sha256, entry.Bytes, () => Release(key));
    }

    private void Release(string key)
    {
        lock (_lock)
            if (_entries.TryGetValue(key, out var entry))
                entry.InUse--;
    }

    /// <summary>
    /// Removes what it takes for so many bytes, which stay reserved for <paramref name="key"/> while it comes; what lies there now is not counted, because they take
    /// its place. False when it cannot be done: then nothing was removed.
    /// </summary>
    private bool MakeRoom(long bytes, string key)
    {
        lock (_lock)
        {
            var others = _entries.Where(e => e.Key != key).ToList();
            var excess = others.Sum(e => e.Value.Bytes) + _coming.Where(c => c.Key != key).Sum(c => c.Value) + bytes - _limit;
            var gone = new List<string>();
            foreach (var (other, entry) in others.Where(e => e.Value.InUse == 0).OrderBy(e => e.Value.Priority).ThenBy(e => e.Value.UsedAt))
            {
                if (excess <= 0)
                    break;
                gone.Add(other);
                excess -= entry.Bytes;
            }
            if (excess > 0)
                return false;
            gone.ForEach(Remove);
            _coming[key] = bytes;
            return true;
        }
    }

    private void Remove(string key)
    {
        _entries.Remove(key);
        File.Delete(Path.Combine(_folder, key + Facts));
        File.Delete(PathOf(key));
    }

    /// <summary>What an earlier run left: whole files are taken up again, the rest of downloads is removed, nothing else is touched.</summary>
    private void Recall()
    {
        foreach (var part in Directory.EnumerateFiles(_folder, "*" + Unfinished).Where(f => IsKey(Path.GetFileName(f).Split('-')[0])))
            File.Delete(part);
        foreach (var facts in Directory.EnumerateFiles(_folder, "*" + Facts))
        {
            var key = Path.GetFileNameWithoutExtension(facts);
            if (!IsKey(key))
                continue;
            try
            {
                if (JsonSerializer.Deserialize(File.ReadAllText(facts), StorageJson.Default.CacheEntry) is { } entry && new FileInfo(PathOf(key)) is { Exists: true } file && file.Length == entry.Bytes)
                    _entries[key] = entry;
                else
                    File.Delete(facts);
            }
            catch (JsonException)
            {
                File.Delete(facts);
            }
        }
    }

    private string PathOf(string key) => Path.Combine(_folder, key + Content);

    private static string KeyOf(Uri url) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(url.AbsoluteUri)));

    private static bool IsKey(string name) => name.Length == 64 && name.All(char.IsAsciiHexDigitLower);
}
