using System.Net.Sockets;

namespace Kadeploy.Transfer;

/// <summary>
/// Member 0: feeds the first node of the line from an image source, gives single blocks for repair, and serves late or returning nodes.
/// <code>
/// using var source = new FileImageSource(path);
/// var head = new ChainHead(listener, plan, source, observer);
/// await head.RunAsync(cancel);   // until the line reports that all of it has the image, or cancelled
/// </code>
/// A head started again with the same plan goes on where the nodes are: they name the offset.
/// </summary>
public sealed class ChainHead : IServed
{
    private readonly ChainListener _listener;
    private readonly Member _member;
    private readonly HeadStore _store;
    private readonly Downstream _downstream;
    private readonly RangeService _ranges;
    private volatile TransferFailure? _failure;

    /// <summary>Prepares the head; nothing happens before <see cref="RunAsync"/>. The source must outlive the run.</summary>
    public ChainHead(ChainListener listener, TransferPlan plan, IImageSource source, ITransferObserver? observer = null, TimeProvider? time = null)
    {
        _listener = listener;
        _member = new Member(plan, plan.Members[0].Name, observer, time ?? TimeProvider.System);
        _store = new HeadStore(source, plan.Manifest.Length, e => Fail(Reasons.ImageUnreadable, e.Message));
        _downstream = new Downstream(_member, _store, () => { }, () => new ControlFrame(FrameKind.Status, Received: _store.Length, Verified: _store.Length));
        _ranges = new RangeService(_member, _store, () => _downstream.LineBusy, () => true, () => { });
    }

    byte[] IServed.Key => _member.Key;

    /// <summary>
    /// Serves until the line has reported that everyone in it has verified the image and <paramref name="linger"/> has passed since, and those it told
    /// to wait were served, or until cancelled. The result says whether the image could be read, not how each node fared: nodes tell that themselves.
    /// </summary>
    public async Task<TransferResult> RunAsync(TimeSpan? linger = null, CancellationToken cancel = default)
    {
        if (_member.Plan.Problem() is { } problem)
            return new TransferResult { Failure = new TransferFailure(Party.Controller, Reasons.BadPlan, problem) };
        _listener.Register(_member.Plan.TransferId, this);
        try
        {
            var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Threads.Start("chain-head", () =>
            {
                Pulse(linger ?? TimeSpan.Zero, cancel);
                ended.SetResult();
            });
            await ended.Task;
        }
        finally
        {
            _listener.Unregister(_member.Plan.TransferId);
        }
        var failure = _failure ?? (cancel.IsCancellationRequested ? new TransferFailure(Party.Controller, Reasons.Cancelled, "cancelled by the controller") : null);
        return new TransferResult
        {
            Failure = failure,
            Seconds = _member.Age.TotalSeconds,
            Sha256 = failure is null ? _member.Plan.Manifest.Sha256 : "",
            Events = _member.Events,
        };
    }

    /// <summary>The controller's newer plan; see <see cref="ChainHop.UpdatePlan(TransferPlan)"/>.</summary>
    public bool UpdatePlan(TransferPlan plan)
    {
        if (!_member.Take(plan))
            return false;
        _downstream.Replan();
        return true;
    }

    private void Pulse(TimeSpan linger, CancellationToken cancel)
    {
        var last = _member.Time.GetTimestamp();
        long settled = 0;
        while (!cancel.IsCancellationRequested && _failure is null)
        {
            _member.Changed.WaitOne(Math.Max(1, (int)_member.Tunables.Heartbeat.TotalMilliseconds / 10));
            settled = !_downstream.Settled ? 0 : settled == 0 ? _member.Time.GetTimestamp() : settled;
            if (settled != 0 && _ranges.Active == 0 && !_ranges.Awaited && _member.Time.GetElapsedTime(settled) >= linger)
                break;
            var since = _member.Time.GetElapsedTime(last);
            if (since < _member.Tunables.Heartbeat)
                continue;
            last = _member.Time.GetTimestamp();
            _member.Delay.Beat(since);
            _downstream.Tick();
        }
        _member.Stop();
        _downstream.Leave(VerdictCode.Left);
    }

    private void Fail(string reason, string detail) => _failure ??= new TransferFailure(Party.Head, reason, detail);

    void IServed.Handle(Socket socket, Hello hello, Func<Welcome, bool> answer, byte[] dataKey)
    {
        if (hello.Kind == HelloKind.Link)
            _downstream.Link(socket, hello, answer);
        else if (hello.Kind == HelloKind.Data)
            _downstream.Data(socket, hello, answer, dataKey);
        else
            _ranges.Serve(socket, hello, answer, dataKey);
    }
}
