namespace Kadeploy.Transfer.Tests;

/// <summary>One fault at a time, each with its verdict.</summary>
public sealed class FaultTests
{
    private const int Size = 6_000_000;

    // Nobody is taken for silent, and a place that was left is not kept for long.
    private static readonly TransferTunables LineKept = Chain.Patient with { ConnectTimeout = TimeSpan.FromSeconds(3), JoinGrace = Chain.Fast.JoinGrace, SuccessorGrace = Chain.Fast.SuccessorGrace };

    private static (FaultNet Net, Chain Chain) Make(int receivers, TransferTunables? tunables = null)
    {
        var net = new FaultNet(receivers + 1);
        return (net, new Chain(receivers, Chain.RandomImage(Size), tunables: tunables, seenAs: net.Front));
    }

    private static void When(Chain chain, int node, long received, Action action)
    {
        var once = 0;
        chain.Sinks[node].BeforeAppend = at =>
        {
            if (at >= received && Interlocked.Exchange(ref once, 1) == 0)
                action();
        };
    }

    private static async Task Until(Func<bool> ready, string otherwise)
    {
        for (var waited = System.Diagnostics.Stopwatch.StartNew(); !ready(); await Task.Delay(10))
            Assert.True(waited.Elapsed < TimeSpan.FromSeconds(60), otherwise);
    }

    /// <summary>The node writes no more than so many bytes before it is let go: the line, which has no more than its rings, waits with it.</summary>
    private static ManualResetEventSlim Hold(Chain chain, int node, long received)
    {
        var go = new ManualResetEventSlim();
        When(chain, node, received, () => go.Wait(TimeSpan.FromSeconds(60)));
        return go;
    }

    private static bool IsPassedOver(Chain chain, int node) => chain.Observers[node].Events.Any(e => e is { Party: Party.Self, Reason: Reasons.PassedOver });

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Frozen_AnyPosition_OthersFinishAndNameIt(int victim)
    {
        var (net, chain) = Make(3);
        using (net)
        using (chain)
        {
            using var stop = new CancellationTokenSource();
            When(chain, victim, 1_000_000, () => net.Freeze(victim));
            chain.StartHead();
            var runs = Enumerable.Range(1, 3).Select(i => chain.Start(i, cancel: i == victim ? stop.Token : default)).ToArray();
            var others = await Chain.All([.. runs.Where((_, i) => i != victim - 1)]);
            await stop.CancelAsync();
            await Chain.All(runs);
            foreach (var (i, result) in Enumerable.Range(1, 3).Where(i => i != victim).Zip(others))
            {
                chain.AssertWhole(result, i);
                Assert.True(result.Seconds < 30, $"node {i} took {result.Seconds} s"); // three times the longest silence, and the rest
            }
            Assert.Contains(chain.Observers.SelectMany(o => o.Events), e => e.Member == $"node-{victim}" && e.Reason == Reasons.Frozen);
        }
    }

    [Fact]
    public async Task Frozen_ThenThawed_GetsItsContinuation()
    {
        var (net, chain) = Make(3);
        using (net)
        using (chain)
        {
            When(chain, 2, 1_000_000, () => net.Freeze(2));
            chain.StartHead();
            var runs = chain.StartAll();
            await Chain.All([runs[0], runs[2]]);
            net.Freeze(2, false);
            var results = await Chain.All(runs);
            for (var i = 1; i <= 3; i++)
                chain.AssertWhole(results[i - 1], i);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task FlippedByte_AnyPosition_FoundRepairedAndNamed(int victim)
    {
        var (net, chain) = Make(3, Chain.Patient);
        using (net)
        using (chain)
        {
            net.FlipTowards(victim, 3_333_333);
            var results = await Chain.All(chain.StartHead().StartAll());
            for (var i = 1; i <= 3; i++)
            {
                chain.AssertWhole(results[i - 1], i);
                Assert.Equal(i < victim ? 0 : 1, results[i - 1].Refetched.Length);
                if (i >= victim)
                    Assert.True(results[i - 1].Refetched[0].BadFrom == (victim == 1 ? "head" : $"node-{victim - 1}"),
                        string.Join("\n", chain.Observers.SelectMany(o => o.Events)));
            }
        }
    }

    [Fact]
    public async Task LateNode_TheLineWentOn_IsServedOnItsOwn()
    {
        var (net, chain) = Make(3, Chain.Fast with { JoinGrace = TimeSpan.FromMilliseconds(300) });
        using (net)
        using (chain)
        {
            chain.StartHead();
            var early = await Chain.All([chain.Start(1), chain.Start(3)]);
            chain.AssertWhole(early[0], 1);
            chain.AssertWhole(early[1], 3);
            var late = await Chain.All([chain.Start(2)]);
            chain.AssertWhole(late[0], 2);
        }
    }

    [Fact]
    public async Task LateLastNode_TheLineWentOn_HoldsUpNobody()
    {
        // Its predecessor has all bytes in its copy: it could feed it, and would hold up the line until it has caught up.
        var (net, chain) = Make(3, LineKept with { JoinGrace = TimeSpan.FromMilliseconds(300), RingBytes = 512 << 10 });
        using (net)
        using (chain)
        {
            using var go = Hold(chain, 1, Size / 2);
            chain.StartHead();
            var path = Path.GetTempFileName();
            using var copy = new FileSink(path);
            var early = new[] { chain.Start(1), chain.Start(2, copy) };
            await Until(() => chain.Observers[2].Progress.Any(p => p.Received > 2 << 20), "node 2 did not receive in 60 s");
            var late = chain.Start(3);
            await Until(() => IsPassedOver(chain, 3), "node 3 was not passed over in 60 s");
            go.Set();
            Assert.All(await Chain.All(early), r => Assert.True(r.Success, $"{r.Failure}"));
            var result = (await Chain.All([late]))[0];
            Assert.Equal(chain.Image, await File.ReadAllBytesAsync(path));
            File.Delete(path);
            chain.AssertWhole(result, 3);
        }
    }

    [Fact]
    public async Task LateNodes_Several_MakeAChainOfTheirOwn()
    {
        var (net, chain) = Make(5, LineKept with { JoinGrace = TimeSpan.FromMilliseconds(300) });
        using (net)
        using (chain)
        {
            var source = new FixedSource(chain.Image);
            using var go = Hold(chain, 1, Size / 2);
            chain.StartHead(source);
            var early = new[] { chain.Start(1), chain.Start(5) };
            // They come while the line passes them by, and are served when it is done.
            await Until(() => chain.Sinks[5].Content.Length > 100_000, "node 5 did not receive in 60 s");
            var late = new[] { chain.Start(2), chain.Start(3), chain.Start(4) };
            await Until(() => Enumerable.Range(2, 3).All(i => IsPassedOver(chain, i)), "nodes 2, 3 and 4 were not passed over in 60 s");
            // Whoever asks while another one is served is sent to that one: the first is not done before all have asked.
            net.Slow(0, 500_000);
            go.Set();
            await Until(() => Enumerable.Range(2, 3).All(i => chain.Sinks[i].Content.Length > 0), "nodes 2, 3 and 4 did not receive in 60 s");
            net.Slow(0, 0);
            foreach (var (i, result) in ((int[])[1, 5]).Zip(await Chain.All(early)))
                chain.AssertWhole(result, i);
            foreach (var (i, result) in ((int[])[2, 3, 4]).Zip(await Chain.All(late)))
                chain.AssertWhole(result, i);
            Assert.True(source.Given < 3 * Size, $"the head gave {source.Given} bytes for a line and three late nodes of {Size} bytes each");
        }
    }

    [Fact]
    public async Task Returning_AfterTheLineIsDone_GoesOnWhereItWas()
    {
        var (net, chain) = Make(3);
        using (net)
        using (chain)
        {
            var source = new FixedSource(chain.Image);
            When(chain, 2, 3_000_000, () => net.Freeze(2));
            chain.StartHead(source);
            var runs = chain.StartAll();
            await Chain.All([runs[0], runs[2]]);
            var before = source.Given;
            net.Freeze(2, false);
            chain.AssertWhole((await Chain.All([runs[1]]))[0], 2);
            Assert.True(source.Given - before < Size - 2_500_000, $"the head gave {source.Given - before} bytes again");
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(1, 2)]
    [InlineData(2, 3)]
    [InlineData(4, 5)]
    public async Task SlowSinks_OneOrTwoNeighbours_LeaveTheLineAndTheOthersFinish(params int[] slow)
    {
        // A slow sink needs two minutes for the image: the others would wait 100 s for it beyond its ring, and have 60 here.
        // What is given to a sink at once is a ring or a mebibyte at most, and how slow it is is known when it has taken that.
        var tunables = LineKept with { SlowFloor = Chain.Fast.SlowFloor, RingBytes = 512 << 10 };
        using var chain = new Chain(5, Chain.RandomImage(2 * Size), tunables: tunables).StartHead();
        using var stop = new CancellationTokenSource();
        foreach (var i in Enumerable.Range(1, 5))
            chain.Sinks[i].BytesPerSecond = slow.Contains(i) ? 1e5 : 40e6;
        var runs = Enumerable.Range(1, 5).Select(i => chain.Start(i, cancel: slow.Contains(i) ? stop.Token : default)).ToArray();
        var others = Enumerable.Range(1, 5).Except(slow).ToArray();
        foreach (var (i, result) in others.Zip(await Chain.All([.. others.Select(i => runs[i - 1])], 60)))
            chain.AssertWhole(result, i);
        await stop.CancelAsync();
        await Chain.All(runs);
        Assert.All(slow, i => Assert.Contains(chain.Observers[i].Events, e => e is { Party: Party.Self, Reason: Reasons.Slow }));
    }

    [Fact]
    public async Task SlowSink_NewerPlan_StaysOutOfTheLine()
    {
        using var chain = new Chain(3, Chain.RandomImage(Size)).StartHead();
        using var stop = new CancellationTokenSource();
        foreach (var i in (int[])[1, 2, 3])
            chain.Sinks[i].BytesPerSecond = i == 2 ? 1e5 : 2e6;
        var runs = Enumerable.Range(1, 3).Select(i => chain.Start(i, cancel: i == 2 ? stop.Token : default)).ToArray();
        await Until(() => chain.Observers[2].Events.Any(e => e is { Party: Party.Self, Reason: Reasons.Slow }), "node 2 did not leave the line in 60 s");
        var next = chain.Plan with { Epoch = 2 };
        Assert.True(chain.Head!.UpdatePlan(next));
        foreach (var i in (int[])[1, 2, 3])
            Assert.True(chain.Hops[i].UpdatePlan(2, []));
        var reports = chain.Observers[2].Progress.Count;
        await Until(() => chain.Observers[2].Progress.Count > reports + 3, "node 2 said nothing for 60 s");
        Assert.DoesNotContain(chain.Observers[2].Progress.Skip(reports + 1), p => p.InLine);
        foreach (var (i, result) in ((int[])[1, 3]).Zip(await Chain.All([runs[0], runs[2]])))
            chain.AssertWhole(result, i);
        await stop.CancelAsync();
        await Chain.All(runs);
    }

    [Fact]
    public async Task HeadRestarted_Midway_TransferGoesOn()
    {
        using var chain = new Chain(3, Chain.RandomImage(Size));
        using var stop = new CancellationTokenSource();
        var head = new ChainHead(chain.Listener(0), chain.Plan, new FixedSource(chain.Image));
        var first = head.RunAsync(cancel: stop.Token);
        When(chain, 1, 2_000_000, stop.Cancel);
        var runs = chain.StartAll();
        await Chain.All([first]);
        await Task.Delay(300);
        chain.StartHead();
        var results = await Chain.All(runs);
        for (var i = 1; i <= 3; i++)
            chain.AssertWhole(results[i - 1], i);
    }

    [Fact]
    public async Task SinkFails_OnlyThatNodeFails()
    {
        using var chain = new Chain(3, Chain.RandomImage(Size)).StartHead();
        chain.Sinks[2].BeforeAppend = at =>
        {
            if (at > 1_000_000)
                throw new SinkException(Reasons.WriteFailed, "no space left");
        };
        var results = await Chain.All(chain.StartAll());
        chain.AssertWhole(results[0], 1);
        chain.AssertWhole(results[2], 3);
        Assert.Equal(new TransferFailure(Party.Sink, Reasons.WriteFailed, "no space left"), results[1].Failure);
        Assert.True(chain.Sinks[2].Aborted);
    }

    [Fact]
    public async Task UpdatePlan_NodeDeclaredDead_IsSkipped()
    {
        var (net, chain) = Make(3, Chain.Fast with { Silence = TimeSpan.FromMinutes(5), ConnectTimeout = TimeSpan.FromSeconds(5) });
        using (net)
        using (chain)
        {
            using var stop = new CancellationTokenSource();
            // Not before node 3 is fed by it: else node 3 passes it over before anybody declares anything.
            When(chain, 3, 500_000, () => net.Freeze(2));
            chain.StartHead();
            var runs = new[] { chain.Start(1), chain.Start(2, cancel: stop.Token), chain.Start(3) };
            await Until(() => chain.Sinks[3].Content.Length >= 500_000, "node 3 did not receive in 60 s");
            var next = chain.Plan.WithDead(["node-2"]);
            foreach (var i in (int[])[1, 3])
                Assert.True(chain.Hops[i].UpdatePlan(next.Epoch, next.Dead));
            Assert.True(chain.Head!.UpdatePlan(next));
            Assert.False(chain.Head.UpdatePlan(next));
            var others = await Chain.All([runs[0], runs[2]]);
            chain.AssertWhole(others[0], 1);
            chain.AssertWhole(others[1], 3);
            await stop.CancelAsync();
            await Chain.All(runs);
        }
    }

    [Fact]
    public async Task SlowLink_OfOneNode_ItLeavesTheLineAndCostsTheOthersLittle()
    {
        // Others have 8 MB/s a connection, node 2 has 0.2 MB/s: 70 s for 16 MB beyond its ring if the line waited for it.
        using var net = new FaultNet(5);
        var tunables = LineKept with { Heartbeat = TimeSpan.FromMilliseconds(200), SlowFloor = Chain.Fast.SlowFloor };
        using var chain = new Chain(4, Chain.RandomImage(16_000_000), tunables: tunables, seenAs: net.Front);
        foreach (var i in (int[])[0, 1, 3, 4])
            net.Slow(i, 8_000_000);
        net.Slow(2, 200_000);
        chain.StartHead();
        var runs = chain.StartAll();
        var others = await Chain.All([runs[0], runs[2], runs[3]]);
        foreach (var (i, result) in ((int[])[1, 3, 4]).Zip(others))
        {
            chain.AssertWhole(result, i);
            Assert.True(result.Seconds < 40, $"node {i} took {result.Seconds} s: {string.Join("; ", chain.Observers.SelectMany(o => o.Events).Select(e => e.Detail))}");
        }
        Assert.Contains(chain.Observers.SelectMany(o => o.Events), e => e is { Member: "node-2", Reason: Reasons.Slow });
        net.Slow(2, 0);
        chain.AssertWhole((await Chain.All([runs[1]]))[0], 2);
    }
}
