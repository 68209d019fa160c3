namespace Kadeploy.Transfer.Tests;

public sealed class ChainTests
{
    [Theory]
    [InlineData(1, 0, false)]
    [InlineData(1, 1, false)]
    [InlineData(1, 65536, false)]
    [InlineData(3, 65537, false)]
    [InlineData(5, 10_000_000, false)]
    [InlineData(1, 1, true)]
    [InlineData(3, 65537, true)]
    [InlineData(5, 10_000_000, true)]
    public async Task Run_HealthyNodes_AllHaveTheImage(int receivers, int length, bool isSealed)
    {
        using var chain = new Chain(receivers, Chain.RandomImage(length), tunables: Chain.Patient);
        chain.Plan = chain.Plan with { Sealed = isSealed };
        chain.StartHead();
        var results = await Chain.All(chain.StartAll());
        for (var i = 1; i <= receivers; i++)
            chain.AssertWhole(results[i - 1], i);
        Assert.All(chain.Observers, o => Assert.Empty(o.Events));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_Sealed_NothingOfTheImageIsOnTheWire(bool isSealed)
    {
        var text = "a line of the image that would be read on the way\n"u8.ToArray();
        var image = Enumerable.Repeat(text, 20_000).SelectMany(t => t).ToArray();
        var read = 0;
        using var net = new FaultNet(3) { Heard = bytes => Interlocked.Add(ref read, bytes.Span.IndexOf(text) >= 0 ? 1 : 0) };
        using var chain = new Chain(2, image, tunables: Chain.Patient, seenAs: net.Front);
        chain.Plan = chain.Plan with { Sealed = isSealed };
        chain.StartHead();

        var results = await Chain.All(chain.StartAll());

        chain.AssertWhole(results[0], 1);
        chain.AssertWhole(results[1], 2);
        Assert.Equal(isSealed, read == 0);
    }

    [Fact]
    public async Task Run_FirstNodeDead_OthersAreFedByTheHead()
    {
        using var chain = new Chain(3, Chain.RandomImage(3_000_000), tunables: Chain.Fast with { JoinGrace = TimeSpan.FromMilliseconds(300) }).StartHead();
        chain.Kill(1);
        var results = await Chain.All(chain.StartAll(except: 1));
        chain.AssertWhole(results[0], 2);
        chain.AssertWhole(results[1], 3);
        Assert.Contains(results[0].Events, e => e is { Member: "node-1", Reason: Reasons.Dead });
    }

    [Fact]
    public async Task Run_MiddleNodeDiesMidway_ChainClosesAroundIt()
    {
        using var chain = new Chain(4, Chain.RandomImage(20_000_000)).StartHead();
        using var dying = new CancellationTokenSource();
        chain.Sinks[2].BeforeAppend = at =>
        {
            if (at > 5_000_000)
            {
                chain.Kill(2);
                dying.Cancel();
            }
        };
        var runs = new[] { chain.Start(1), chain.Start(2, cancel: dying.Token), chain.Start(3), chain.Start(4) };
        var results = await Chain.All(runs);
        foreach (var i in (int[])[1, 3, 4])
            chain.AssertWhole(results[i - 1], i);
        Assert.Equal(Reasons.Cancelled, results[1].Failure!.Reason);
    }

    [Fact]
    public async Task Run_WrongKey_FailsAndHarmsNobody()
    {
        using var chain = new Chain(2, Chain.RandomImage(1_000_000)).StartHead();
        var foreign = chain.Plan with { Key = TransferPlan.NewKey(), Tunables = Chain.Fast with { NoFeedLimit = TimeSpan.FromSeconds(1) } };
        var results = await Chain.All([chain.Start(1), chain.Start(2, plan: foreign)]);
        chain.AssertWhole(results[0], 1);
        Assert.Equal(Reasons.NoFeed, results[1].Failure!.Reason);
        Assert.Empty(chain.Sinks[2].Content.ToArray());
    }

    [Fact]
    public async Task Run_ImageChangedAfterItsManifest_NobodyAcceptsIt()
    {
        using var chain = new Chain(3, Chain.RandomImage(2_000_000), tunables: Chain.Patient);
        var changed = (byte[])chain.Image.Clone();
        changed[1_500_000] ^= 1;
        chain.StartHead(new FixedSource(changed));
        var results = await Chain.All(chain.StartAll());
        Assert.All(results, r => Assert.Equal(Reasons.ImageDigestMismatch, r.Failure!.Reason));
        Assert.All(results, r => Assert.Equal(Party.Head, r.Failure!.Party));
    }

    [Fact]
    public async Task Run_Cancelled_EndsAtOnceWithThatVerdict()
    {
        using var chain = new Chain(1, Chain.RandomImage(1_000_000));
        using var cancel = new CancellationTokenSource();
        var run = chain.Start(1, cancel: cancel.Token);
        await cancel.CancelAsync();
        var results = await Chain.All([run]);
        Assert.Equal(Reasons.Cancelled, results[0].Failure!.Reason);
        Assert.True(chain.Sinks[1].Aborted);
    }
}
