using System.Net;

namespace Kadeploy.Transfer.Tests;

/// <summary>A head and N receivers in this process, over loopback sockets.</summary>
internal sealed class Chain : IDisposable
{
    public static readonly TransferTunables Fast = new()
    {
        Heartbeat = TimeSpan.FromMilliseconds(50),
        Silence = TimeSpan.FromMilliseconds(1000),
        ConnectTimeout = TimeSpan.FromMilliseconds(800),
        JoinGrace = TimeSpan.FromSeconds(3),
        SuccessorGrace = TimeSpan.FromMilliseconds(1500),
        NoFeedLimit = TimeSpan.FromSeconds(60),
        RingBytes = 2 << 20,
        ProgressInterval = TimeSpan.FromMilliseconds(100),
    };

    /// <summary>For tests in which nobody is to be found late, silent or slow: on a starved machine any may seem so.</summary>
    public static readonly TransferTunables Patient = Fast with
    {
        Silence = TimeSpan.FromSeconds(30),
        ConnectTimeout = TimeSpan.FromSeconds(30),
        JoinGrace = TimeSpan.FromSeconds(30),
        SuccessorGrace = TimeSpan.FromSeconds(30),
        SlowFloor = 0.001,
    };

    private readonly List<ChainListener> _listeners = [];
    private readonly CancellationTokenSource _headStop = new();

    public Chain(int receivers, byte[] image, int blockSize = 64 << 10, TransferTunables? tunables = null, Func<int, IPEndPoint, IPEndPoint>? seenAs = null)
    {
        for (var i = 0; i <= receivers; i++)
            _listeners.Add(ChainListener.Start(new IPEndPoint(IPAddress.Loopback, 0)));
        Image = image;
        Manifest = Manifest.Compute(new MemoryStream(image), blockSize);
        Plan = TransferPlan.Create(Manifest,
            _listeners.Select((l, i) => new ChainMember(i == 0 ? "head" : $"node-{i}", seenAs?.Invoke(i, l.EndPoint) ?? l.EndPoint)), tunables ?? Fast);
        Sinks = new MemorySink[receivers + 1];
        Hops = new ChainHop[receivers + 1];
        Observers = new RecordingObserver[receivers + 1];
        for (var i = 0; i <= receivers; i++)
        {
            Sinks[i] = new MemorySink();
            Observers[i] = new RecordingObserver();
        }
    }

    public byte[] Image { get; }

    public Manifest Manifest { get; }

    public TransferPlan Plan { get; set; }

    public MemorySink[] Sinks { get; }

    public ChainHop[] Hops { get; }

    public RecordingObserver[] Observers { get; }

    public ChainHead? Head { get; private set; }

    public Task<TransferResult>? HeadRun { get; private set; }

    public ChainListener Listener(int index) => _listeners[index];

    public static byte[] RandomImage(int length, int seed = 1)
    {
        var image = new byte[length];
        new Random(seed).NextBytes(image);
        return image;
    }

    public Chain StartHead(IImageSource? source = null)
    {
        Head = new ChainHead(_listeners[0], Plan, source ?? new FixedSource(Image), Observers[0]);
        HeadRun = Head.RunAsync(TimeSpan.FromSeconds(30), _headStop.Token);
        return this;
    }

    public Task<TransferResult> Start(int index, ISink? sink = null, TransferPlan? plan = null, CancellationToken cancel = default)
    {
        plan ??= Plan;
        Hops[index] = new ChainHop(_listeners[index], plan, plan.Members[index].Name, sink ?? Sinks[index], Observers[index]);
        return Hops[index].RunAsync(cancel);
    }

    public Task<TransferResult>[] StartAll(params int[] except) =>
        [.. Enumerable.Range(1, Sinks.Length - 1).Where(i => !except.Contains(i)).Select(i => Start(i))];

    /// <summary>Waits for all, with a deadline that says who was not done.</summary>
    public static async Task<TransferResult[]> All(IReadOnlyList<Task<TransferResult>> runs, int seconds = 90)
    {
        var all = Task.WhenAll(runs);
        if (await Task.WhenAny(all, Task.Delay(TimeSpan.FromSeconds(seconds))) != all)
            Assert.Fail($"after {seconds} s these runs were not done: {string.Join(",", runs.Index().Where(r => !r.Item.IsCompleted).Select(r => r.Index))}");
        return await all;
    }

    public void AssertWhole(TransferResult result, int index)
    {
        Assert.True(result.Success, $"node {index}: {result.Failure} events: {string.Join("; ", result.Events.Select(e => e.Detail))}");
        Assert.Equal(Image.Length, result.BytesVerified);
        Assert.Equal(Manifest.Sha256, result.Sha256);
        Assert.True(Sinks[index].Completed);
        Assert.True(Image.AsSpan().SequenceEqual(Sinks[index].Content), $"node {index} has other bytes");
    }

    /// <summary>The process of a member ends as by kill -9: its connections are reset and its port refuses.</summary>
    public void Kill(int index) => _listeners[index].Dispose();

    public void Dispose()
    {
        _headStop.Cancel();
        foreach (var listener in _listeners)
            listener.Dispose();
        _headStop.Dispose();
    }
}
