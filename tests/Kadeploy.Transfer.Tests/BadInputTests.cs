namespace Kadeploy.Transfer.Tests;

/// <summary>What comes from outside and is not what it should be: a clear verdict, no hang, no wrong byte.</summary>
public sealed class BadInputTests
{
    private static readonly TransferTunables Short = Chain.Fast with { JoinGrace = TimeSpan.FromMilliseconds(300), NoFeedLimit = TimeSpan.FromSeconds(4) };

    [Fact]
    public async Task Image_ChangesWhileItIsRead_NobodyAcceptsIt()
    {
        using var chain = new Chain(3, Chain.RandomImage(6_000_000), tunables: Chain.Patient);
        var source = new BrokenSource(chain.Image, after: 3_000_000);
        chain.StartHead(source);
        var results = await Chain.All(chain.StartAll());
        foreach (var (i, result) in results.Index())
        {
            Assert.Equal((Party.Head, Reasons.ImageDigestMismatch), (result.Failure!.Party, result.Failure.Reason));
            Assert.False(chain.Sinks[i + 1].Completed);
            Assert.True(chain.Image.AsSpan().StartsWith(chain.Sinks[i + 1].Content), $"node {i + 1} was given wrong bytes");
        }
    }

    [Fact]
    public async Task Image_ShorterThanItsManifest_IsUnreadableAtTheHead()
    {
        using var chain = new Chain(2, Chain.RandomImage(2_000_000), tunables: Short);
        var head = new ChainHead(chain.Listener(0), chain.Plan, new FixedSource(chain.Image[..1_000_000])).RunAsync(TimeSpan.FromSeconds(30));
        var results = await Chain.All(chain.StartAll());
        Assert.All(results, r => Assert.Equal(Reasons.NoFeed, r.Failure!.Reason));
        var failure = (await Chain.All([head]))[0].Failure!;
        Assert.Equal((Party.Head, Reasons.ImageUnreadable), (failure.Party, failure.Reason));
        Assert.Contains("ends at 1000000", failure.Detail);
    }

    [Fact]
    public async Task Manifest_OfAnotherImage_NobodyAcceptsAByte()
    {
        using var chain = new Chain(2, Chain.RandomImage(2_000_000), tunables: Chain.Patient);
        chain.StartHead(new FixedSource(Chain.RandomImage(2_000_000, seed: 2)));
        var results = await Chain.All(chain.StartAll());
        Assert.All(results, r => Assert.Equal(Reasons.ImageDigestMismatch, r.Failure!.Reason));
        Assert.All(chain.Sinks[1..], s => Assert.Equal(0, s.Content.Length));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Disk_SmallerThanTheImage_FailsThatNodeOnly(int victim)
    {
        using var chain = new Chain(3, Chain.RandomImage(4_000_000), tunables: Chain.Patient).StartHead();
        using var sink = new FileSink("/dev/null"); // has no size: the smallest device there is
        var results = await Chain.All([.. Enumerable.Range(1, 3).Select(i => chain.Start(i, i == victim ? sink : null))]);
        for (var i = 1; i <= 3; i++)
            if (i != victim)
                chain.AssertWhole(results[i - 1], i);
        Assert.Equal((Party.Sink, Reasons.DiskTooSmall), (results[victim - 1].Failure!.Party, results[victim - 1].Failure!.Reason));
        Assert.Equal("", results[victim - 1].Sha256);
    }

    [Fact]
    public async Task Chain_OfOne_Works()
    {
        using var chain = new Chain(1, Chain.RandomImage(4_000_000), tunables: Chain.Patient).StartHead();
        chain.AssertWhole((await Chain.All(chain.StartAll()))[0], 1);
    }

    [Fact]
    public async Task Chain_WithoutReceivers_IsABadPlan()
    {
        using var chain = new Chain(1, Chain.RandomImage(100));
        var alone = chain.Plan with { Members = chain.Plan.Members[..1] };
        var result = await new ChainHead(chain.Listener(0), alone, new FixedSource(chain.Image)).RunAsync();
        Assert.Equal((Party.Controller, Reasons.BadPlan), (result.Failure!.Party, result.Failure.Reason));
    }

    [Fact]
    public async Task Plan_SameNodeTwice_IsRefusedByEveryMember()
    {
        using var chain = new Chain(3, Chain.RandomImage(100));
        chain.Plan = chain.Plan with { Members = chain.Plan.Members.SetItem(3, chain.Plan.Members[1]) };
        var head = new ChainHead(chain.Listener(0), chain.Plan, new FixedSource(chain.Image)).RunAsync();
        var results = await Chain.All([head, chain.Start(1), chain.Start(2)]);
        Assert.All(results, r => Assert.Equal((Party.Controller, Reasons.BadPlan), (r.Failure!.Party, r.Failure.Reason)));
        Assert.All(results, r => Assert.Contains("node-1", r.Failure!.Detail));
    }

    [Fact]
    public async Task Nodes_AllDead_HeadEndsAndWaitsForNobody()
    {
        using var chain = new Chain(3, Chain.RandomImage(1_000_000), tunables: Short with { SuccessorGrace = TimeSpan.FromMilliseconds(500) });
        for (var i = 1; i <= 3; i++)
            chain.Kill(i);
        await Chain.All([new ChainHead(chain.Listener(0), chain.Plan, new FixedSource(chain.Image)).RunAsync()]);
    }

    [Fact]
    public async Task Head_Dead_EveryNodeSaysSo()
    {
        using var chain = new Chain(3, Chain.RandomImage(1_000_000), tunables: Short);
        chain.Kill(0);
        var results = await Chain.All(chain.StartAll());
        Assert.All(results, r => Assert.Equal(Reasons.NoFeed, r.Failure!.Reason));
    }

    /// <summary>Other bytes than the manifest's from the moment that it was read so far.</summary>
    private sealed class BrokenSource(byte[] image, long after) : IImageSource
    {
        public long Length => image.Length;

        public int ReadAt(long offset, Span<byte> buffer)
        {
            var n = (int)Math.Min(Math.Min(buffer.Length, 64 << 10), image.Length - offset);
            image.AsSpan((int)offset, n).CopyTo(buffer);
            if (offset >= after)
                for (var i = 0; i < n; i++)
                    buffer[i] ^= 1;
            return n;
        }
    }
}
