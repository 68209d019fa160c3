using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using Kadeploy.Controller.Cache;
using Kadeploy.Controller.Tests.Support;

namespace Kadeploy.Controller.Tests.Cache;

/// <summary>Kadeploy3's cache tests, and what its cache got wrong: it wiped its folder, and mixed up addresses.</summary>
public sealed class FileCacheTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FixedServer _server = new();

    public void Dispose()
    {
        _server.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Get_Twice_IsFetchedOnceWhenTheDigestIsKnown()
    {
        using var cache = Make(100);
        var url = _server.Put("a", 10);
        using var first = await LeaseAsync(cache, url);
        using var second = await LeaseAsync(cache, url, _server.DigestOf(url));
        Assert.Equal((first.Path, 1), (second.Path, _server.Asked[url]));
        Assert.Equal(2, Assert.Single(cache.List()).InUse);
        Assert.Equal(10, new FileInfo(first.Path).Length);
    }

    [Fact]
    public async Task Get_ManyAtOnce_AreOneDownload()
    {
        using var cache = Make(100);
        var url = _server.Put("a", 10);
        var digest = _server.DigestOf(url);
        _server.Hold = new TaskCompletionSource();
        var all = Enumerable.Range(0, 20).Select(_ => cache.GetAsync(url, digest, 0, 100, CancellationToken.None)).ToList();
        await Eventually.TrueAsync(() => _server.Asked.GetValueOrDefault(url) > 0, "the first request");
        _server.Hold.SetResult();
        foreach (var outcome in await Task.WhenAll(all))
            Assert.IsType<CacheOutcome.Leased>(outcome).Lease.Dispose();
        Assert.Equal(1, _server.Asked[url]);
    }

    [Fact]
    public async Task Get_ManyAtOnceWithoutADigest_AreOneDownload()
    {
        using var cache = Make(100);
        var url = _server.Put("a", 10);
        _server.Hold = new TaskCompletionSource();
        var all = Enumerable.Range(0, 20).Select(_ => cache.GetAsync(url, null, 0, 100, CancellationToken.None)).ToList();
        _server.Hold.SetResult();
        foreach (var outcome in await Task.WhenAll(all))
            Assert.IsType<CacheOutcome.Leased>(outcome).Lease.Dispose();
        Assert.Equal(1, _server.Asked[url]);
        (await LeaseAsync(cache, url)).Dispose(); // who asks later wants what is there now
        Assert.Equal(2, _server.Asked[url]);
    }

    [Fact]
    public async Task Get_TwoThatDoNotFitTogether_NeverTakeMoreThanTheLimit()
    {
        using var cache = Make(100);
        var (first, second) = (_server.Put("a", 60), _server.Put("b", 50));
        using var body = new SlowBody();
        _server.Body = body;
        var coming = cache.GetAsync(first, null, 0, 100, CancellationToken.None);
        await body.Reading.Task.DoneAsync("the first to come");
        _server.Body = null;
        Assert.Equal("cache-full", await ReasonAsync(cache, second, null, most: 100));
        body.Go.SetResult();
        Assert.IsType<CacheOutcome.Leased>(await coming).Lease.Dispose();
        (await LeaseAsync(cache, second)).Dispose();
        Assert.Equal(second.AbsoluteUri, Assert.Single(cache.List()).Url);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Get_Progress_TellsBytesAndHowMany(bool silent)
    {
        using var cache = Make(100);
        _server.Silent = silent;
        var told = new List<(long, long)>();
        var outcome = await cache.GetAsync(_server.Put("a", 10), null, 0, 1000, CancellationToken.None, (done, total) => told.Add((done, total)));
        Assert.IsType<CacheOutcome.Leased>(outcome).Lease.Dispose();
        Assert.Equal((10, silent ? 0 : 10), told[^1]);
    }

    [Fact]
    public async Task Get_ServerThatFallsSilent_IsGivenUpAndLeavesNothing()
    {
        using var cache = new FileCache(Folder, 100, TimeProvider.System, _server, TimeSpan.FromMilliseconds(200));
        using var body = new SlowBody();
        _server.Body = body;
        var failed = Assert.IsType<CacheOutcome.Failed>(await cache.GetAsync(_server.Put("a", 60), null, 0, 100, CancellationToken.None).DoneAsync("the end of the download"));
        Assert.Equal("download-failed", failed.Reason);
        Assert.Empty(Directory.EnumerateFiles(Folder));
    }

    [Fact]
    public async Task Get_WrongDigestOrSizeOrAnswer_LeavesNothing()
    {
        using var cache = Make(100);
        var url = _server.Put("a", 10);
        Assert.Equal("download-digest-mismatch", await ReasonAsync(cache, url, new string('0', 64)));
        Assert.Equal("download-too-large", await ReasonAsync(cache, url, null, most: 9));
        _server.Silent = true;
        Assert.Equal("download-too-large", await ReasonAsync(cache, url, null, most: 9));
        Assert.Equal("download-refused", await ReasonAsync(cache, new Uri("http://x/none"), null));
        Assert.Equal("cache-full", await ReasonAsync(cache, _server.Put("big", 101), null, most: 1000));
        Assert.Empty(cache.List());
        Assert.Empty(Directory.EnumerateFiles(Folder));
    }

    [Fact]
    public async Task Room_IsMadeByPriorityThenByAge_NeverOfWhatIsInUse()
    {
        using var cache = Make(40);
        var (old, used, kept, young) = (_server.Put("old", 10), _server.Put("used", 10), _server.Put("kept", 10), _server.Put("young", 10));
        using var lease = await LeaseAsync(cache, used);
        (await LeaseAsync(cache, kept, priority: 1)).Dispose();
        (await LeaseAsync(cache, old)).Dispose();
        (await LeaseAsync(cache, young)).Dispose();

        (await LeaseAsync(cache, _server.Put("new1", 10))).Dispose();
        Assert.DoesNotContain(old.AbsoluteUri, cache.List().Select(e => e.Url));
        (await LeaseAsync(cache, _server.Put("new2", 20))).Dispose();
        Assert.Equal(["used", "new2", "kept"], cache.List().Select(e => new Uri(e.Url).AbsolutePath.Trim('/')));
        Assert.Equal("cache-full", await ReasonAsync(cache, _server.Put("huge", 35), null));
        Assert.Equal(3, cache.List().Count); // for what does not fit in the end, nothing was removed
    }

    [Fact]
    public async Task Get_ChangedAtTheServer_IsFetchedAgainUnlessInUse()
    {
        using var cache = Make(100);
        var url = _server.Put("a", 10);
        var before = await LeaseAsync(cache, url);
        _server.Put("a", 11);
        Assert.Equal("download-in-use", await ReasonAsync(cache, url, null)); // somebody works with the old one
        before.Dispose();
        using var after = await LeaseAsync(cache, url);
        Assert.Equal(11, after.Bytes);
    }

    [Fact]
    public async Task Start_TakesUpWhatIsWhole_AndTouchesNothingThatIsNotIts()
    {
        var url = _server.Put("a", 10);
        using (var cache = Make(100))
            (await LeaseAsync(cache, url)).Dispose();
        var foreign = _folder.Write("cache/notes.json", "{}");
        var other = _folder.Write("cache/README.part", "");
        var broken = _folder.Write($"cache/{new string('a', 64)}.json", "{");
        var rest = _folder.Write($"cache/{new string('b', 64)}-1.part", "half");

        using var again = Make(100);

        Assert.Equal(url.AbsoluteUri, Assert.Single(again.List()).Url);
        Assert.True(File.Exists(foreign) && File.Exists(other));
        Assert.False(File.Exists(broken) || File.Exists(rest));
        using var lease = await LeaseAsync(again, url, _server.DigestOf(url));
        Assert.Equal(1, _server.Asked[url]);
    }

    [Fact]
    public async Task Purge_RemovesWhatNobodyUses()
    {
        using var cache = Make(100);
        using var held = await LeaseAsync(cache, _server.Put("held", 10));
        (await LeaseAsync(cache, _server.Put("a_b", 10))).Dispose();
        (await LeaseAsync(cache, _server.Put("a.b", 20))).Dispose();
        Assert.Equal((1, 20), cache.Purge(new Uri("http://x/a.b")));
        Assert.Equal((1, 10), cache.Purge(null));
        Assert.Single(cache.List());
    }

    private string Folder => Path.Combine(_folder.Path, "cache");

    private FileCache Make(long limit) => new(Folder, limit, TimeProvider.System, _server);

    private static async Task<CacheLease> LeaseAsync(FileCache cache, Uri url, string? sha256 = null, int priority = 0) =>
        Assert.IsType<CacheOutcome.Leased>(await cache.GetAsync(url, sha256, priority, 1000, CancellationToken.None)).Lease;

    private static async Task<string> ReasonAsync(FileCache cache, Uri url, string? sha256, long most = 1000) =>
        Assert.IsType<CacheOutcome.Failed>(await cache.GetAsync(url, sha256, 0, most, CancellationToken.None)).Reason;

    /// <summary>60 bytes that come when they may.</summary>
    private sealed class SlowBody : Stream
    {
        private bool _sent;

        public TaskCompletionSource Reading { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Go { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Reading.TrySetResult();
            await Go.Task.WaitAsync(cancellationToken);
            (var sent, _sent) = (_sent, true);
            return sent ? 0 : 60;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }

    private sealed class FixedServer : HttpMessageHandler
    {
        private readonly ConcurrentDictionary<Uri, byte[]> _files = new();

        public ConcurrentDictionary<Uri, int> Asked { get; } = new();

        public TaskCompletionSource? Hold { get; set; }

        /// <summary>Says nothing of the length.</summary>
        public bool Silent { get; set; }

        /// <summary>Takes the place of what is sent.</summary>
        public Stream? Body { get; set; }

        public Uri Put(string name, int bytes)
        {
            var url = new Uri("http://x/" + name);
            _files[url] = [.. Enumerable.Range(0, bytes).Select(i => (byte)(i + bytes))];
            return url;
        }

        public string DigestOf(Uri url) => Convert.ToHexStringLower(SHA256.HashData(_files[url]));

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Asked.AddOrUpdate(request.RequestUri!, 1, (_, n) => n + 1);
            if (Hold is { } hold)
                await hold.Task;
            if (!_files.TryGetValue(request.RequestUri!, out var bytes))
                return new HttpResponseMessage(HttpStatusCode.NotFound);
            if (Body is { } body)
                return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(body) { Headers = { ContentLength = bytes.Length } } };
            return new HttpResponseMessage(HttpStatusCode.OK) { Content = Silent ? new StreamContent(new Unsized(bytes)) : new ByteArrayContent(bytes) };
        }

        private sealed class Unsized(byte[] bytes) : MemoryStream(bytes)
        {
            public override bool CanSeek => false;
        }
    }
}
