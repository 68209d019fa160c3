using Kadeploy.Controller.Tests.Support;
using Kadeploy.Controller.Transfers;
using Kadeploy.Transfer;

namespace Kadeploy.Controller.Tests.Transfers;

/// <summary>Images behind a real web server on loopback, which lies and dies.</summary>
public sealed class OriginTests : IAsyncLifetime, IDisposable
{
    private const int Size = 6_500_000;

    // Nobody gives up for being slow; where the server is gone for good, soon.
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(1);
    private readonly HttpClient _http = HttpOrigin.MakeClient();
    private readonly TemporaryFolder _folder = new();
    private WebOrigin _origin = null!;
    private Manifest _manifest = null!;

    public async Task InitializeAsync()
    {
        _origin = await WebOrigin.StartAsync(Size);
        _manifest = Manifest.Compute(new MemoryStream(_origin.Content));
    }

    public async Task DisposeAsync() => await _origin.DisposeAsync();

    public void Dispose()
    {
        _http.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Read_GoodServer_GivesTheImageAndItsFacts()
    {
        using var stream = Open();
        Assert.Equal(_origin.Content, await ReadAllAsync(stream));
        Assert.Equal(new OriginFacts(Size, "\"1\""), stream.Facts);
    }

    [Fact]
    public async Task Read_ServerDiesMidway_GoesOnAtTheOffset()
    {
        (_origin.HoldAt, _origin.BreakAt) = (1_500_000, 2_000_000);
        using var stream = Open();
        var first = new byte[1_000_000];
        await stream.ReadExactlyAsync(first);
        _origin.Release.SetResult();
        Assert.Equal(_origin.Content, first.Concat(await ReadAllAsync(stream)));
        Assert.Equal(2, _origin.Requests);
        // What the break lost on its way was sent again, nothing before it; it is sent by 64 KiB.
        Assert.InRange(_origin.Sent, Size, Size + 1_000_000 + 65536);
    }

    [Fact]
    public async Task Read_ServerDiesMidwayAndComesBackWithAnotherImage_SaysChanged()
    {
        _origin.BreakAt = 2_000_000;
        _origin.AtBreak = () => _origin.Tag = "\"2\"";
        await RefusedAsync("image-changed");
    }

    [Fact]
    public async Task Read_ServerDiesForGood_GivesUp()
    {
        _origin.BreakAt = 2_000_000;
        _origin.AtBreak = () => _origin.Status = 503;
        await RefusedAsync("origin-unreachable", patience: Short);
    }

    [Fact]
    public async Task Read_ServerIgnoresRanges_IsRefused()
    {
        _origin.IgnoresRanges = true;
        await RefusedAsync("origin-ignores-ranges");
    }

    [Fact]
    public async Task Read_ServerPromisesMoreThanItHas_IsRefused()
    {
        _origin.Lie = 1000;
        await RefusedAsync("origin-wrong-length");
    }

    [Fact]
    public async Task Read_ServerGivesAnotherPart_IsRefused()
    {
        _origin.Shift = 7;
        await RefusedAsync("origin-wrong-range");
    }

    [Theory]
    [InlineData(404, "image-missing")]
    [InlineData(403, "image-forbidden")]
    [InlineData(405, "origin-refused")]
    [InlineData(500, "origin-unreachable")]
    public async Task Read_ServerAnswersWithAnError_IsRefused(int status, string reason)
    {
        _origin.Status = status;
        await RefusedAsync(reason, patience: status == 500 ? Short : Long);
    }

    [Fact]
    public async Task Read_NobodyListens_IsUnreachable()
    {
        await _origin.DisposeAsync();
        await RefusedAsync("origin-unreachable", "http://127.0.0.1:9/image", Short);
    }

    [Fact]
    public Task Read_NoTlsWhereItIsExpected_IsRefusedAtOnce() =>
        RefusedAsync("origin-tls", _origin.Address.Replace("http:", "https:", StringComparison.Ordinal));

    [Fact]
    public async Task Read_EmptyImage_IsRefused()
    {
        _origin.Content = [];
        await RefusedAsync("image-empty");
    }

    [Fact]
    public async Task ReadAt_SeveralHeadsAtOnce_OneRead()
    {
        using var image = Spool();
        var heads = Enumerable.Range(0, 4).Select(_ => Task.Run(() => ReadAll(image))).ToList();
        foreach (var head in heads)
            Assert.Equal(_origin.Content, await head.DoneAsync("a head"));
        Assert.Equal((Size, 1), (_origin.Sent, _origin.Requests));
    }

    [Fact]
    public void ReadAt_HeadThatComesLate_ReadsNothingAgain()
    {
        using var image = Spool();
        Assert.Equal(_origin.Content, ReadAll(image));
        Assert.Equal(_origin.Content, ReadAll(image));
        Assert.Equal(Size, _origin.Sent);
    }

    [Fact]
    public void ReadAt_HeadThatStartsNearTheEnd_DoesNotReadTheWholeFirst()
    {
        using var image = Spool();
        var end = new byte[1000];
        Assert.Equal(1000, image.ReadAt(Size - 1000, end));
        Assert.Equal(_origin.Content[^1000..], end);
    }

    [Fact]
    public void ReadAt_OriginChangedWithoutSayingSo_IsFoundByTheDigest()
    {
        _origin.Content[3_000_000] ^= 1;
        using var image = Spool();
        var failure = Assert.Throws<OriginException>(() => ReadAll(image));
        Assert.Equal("image-digest-mismatch", failure.Reason);
        Assert.Equal("image-digest-mismatch", image.Failure!.Reason);
    }

    [Fact]
    public void ReadAt_BlockThatComesWrongOnce_IsReadAgain()
    {
        _origin.WrongOnce = 3_000_000;
        using var image = Spool();
        Assert.Equal(_manifest.Sha256, Manifest.Compute(new MemoryStream(ReadAll(image))).Sha256);
        Assert.Equal(2, _origin.Requests);
    }

    [Fact]
    public async Task Dispose_WhileAHeadWaits_EndsIt()
    {
        var image = Spool();
        _origin.BreakAt = 0;
        _origin.AtBreak = () => _origin.Status = 503;
        var waiting = Task.Run(() => Assert.ThrowsAny<Exception>(() => ReadAll(image)));
        await Eventually.TrueAsync(() => _origin.Requests > 0, "the head to wait for its first block");
        image.Dispose();
        await waiting.DoneAsync("the head");
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    private SpooledImage Spool() =>
        new(new HttpOrigin(_http, new Uri(_origin.Address)), new OriginFacts(Size, "\"1\""), _manifest, _folder.Path, TimeProvider.System, Long);

    private OriginStream Open(string? address = null, TimeSpan? patience = null) =>
        new(new HttpOrigin(_http, new Uri(address ?? _origin.Address)), 0, null, TimeProvider.System, patience ?? Long);

    private async Task RefusedAsync(string reason, string? address = null, TimeSpan? patience = null)
    {
        using var stream = Open(address, patience);
        Assert.Equal(reason, (await Assert.ThrowsAsync<OriginException>(() => ReadAllAsync(stream))).Reason);
    }

    private static async Task<byte[]> ReadAllAsync(OriginStream stream)
    {
        using var memory = new MemoryStream();
        await stream.CopyToAsync(memory);
        return memory.ToArray();
    }

    private static byte[] ReadAll(SpooledImage image)
    {
        var all = new byte[image.Length];
        for (var at = 0; at < all.Length;)
            at += image.ReadAt(at, all.AsSpan(at, Math.Min(300_000, all.Length - at)));
        return all;
    }
}
