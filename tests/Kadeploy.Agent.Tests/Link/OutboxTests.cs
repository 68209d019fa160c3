using Kadeploy.Agent.Link;
using Kadeploy.Agent.Steps;
using Kadeploy.TestSupport;

namespace Kadeploy.Agent.Tests.Link;

public sealed class OutboxTests
{
    private readonly ManualTime _time = new();
    private readonly Outbox _outbox;

    public OutboxTests() => _outbox = new Outbox(_time);

    [Fact]
    public async Task TakeAsync_Result_IsTakenOnceInASession()
    {
        _outbox.Result("a", StepDone.Plain);

        Assert.Equal([new ResultNote("a", StepDone.Plain)], await _outbox.TakeAsync(default));
        Assert.False(_outbox.TakeAsync(new CancellationToken(false)).IsCompleted);
    }

    [Fact]
    public async Task StartSession_ResultNotAcknowledged_IsToldAgain()
    {
        _outbox.Result("a", StepDone.Plain);
        await _outbox.TakeAsync(default);

        _outbox.StartSession();

        Assert.Equal([new ResultNote("a", StepDone.Plain)], await _outbox.TakeAsync(default));
    }

    [Fact]
    public async Task StartSession_ResultAcknowledged_IsNotToldAgain()
    {
        _outbox.Result("a", StepDone.Plain);
        await _outbox.TakeAsync(default);
        Assert.Same(StepDone.Plain, _outbox.Acknowledge("a"));
        Assert.Null(_outbox.Acknowledge("a"));

        _outbox.StartSession();

        Assert.False(_outbox.TakeAsync(default).IsCompleted);
        Assert.True(_outbox.TellAgain("a"));
    }

    [Fact]
    public async Task TakeAsync_MuchProgress_GivesTheLatestFourTimesASecond()
    {
        _outbox.Progress(new ProgressNote("a", "x", 1, 9));
        Assert.Single(await _outbox.TakeAsync(default));
        _outbox.Progress(new ProgressNote("a", "x", 2, 9));
        _outbox.Progress(new ProgressNote("a", "x", 3, 9));
        var take = _outbox.TakeAsync(default);
        await Within.Patiently(() => _time.NextDue is not null, "the outbox to wait for its interval");
        Assert.False(take.IsCompleted);

        _time.Advance(Outbox.Interval);

        Assert.Equal([new ProgressNote("a", "x", 3, 9)], await Within.Patiently(take, "the next progress"));
    }

    [Fact]
    public async Task TakeAsync_ResultWhileProgressWaits_IsToldAtOnce()
    {
        _outbox.Progress(new ProgressNote("a", "x", 1, 9));
        await _outbox.TakeAsync(default);
        _outbox.Progress(new ProgressNote("b", "y", 1, 9));
        var take = _outbox.TakeAsync(default);
        await Within.Patiently(() => _time.NextDue is not null, "the outbox to wait for its interval");

        _outbox.Result("a", StepDone.Plain);

        Assert.Contains(new ResultNote("a", StepDone.Plain), await Within.Patiently(take, "the result"));
    }

    [Fact]
    public async Task TakeAsync_ResultWithTransferBefore_TellsTheTransferFirstAndAtOnce()
    {
        _outbox.Progress(new ProgressNote("a", "x", 1, 9));
        await _outbox.TakeAsync(default);
        _outbox.Transfer(Snapshot(9, "node-2 slow"));
        _outbox.Transfer(Snapshot(10, "node-3 dead"));
        _outbox.Progress(new ProgressNote("a", "x", 9, 9));
        _outbox.Result("a", StepDone.Plain);

        var batch = await _outbox.TakeAsync(default);

        // The progress of a step that has ended is of no interest, and no verdict is lost.
        var transfer = Assert.IsType<TransferSnapshot>(batch[0]);
        Assert.Equal((10UL, 2), (transfer.Received, transfer.Verdicts.Count));
        Assert.Equal(new ResultNote("a", StepDone.Plain), batch[1]);
        Assert.Equal(2, batch.Count);
    }

    [Fact]
    public void TellAgain_ManyAcknowledgedResults_OnlyTheLatestAreRemembered()
    {
        for (var i = 0; i < 1000; i++)
        {
            _outbox.Result($"step-{i}", StepDone.Plain);
            _outbox.Acknowledge($"step-{i}");
        }

        Assert.False(_outbox.TellAgain("step-0"));
        Assert.True(_outbox.TellAgain("step-999"));
    }

    private static TransferSnapshot Snapshot(ulong received, string verdict) => new("t", received, 0, 0, 10, 0, 0, "", "", [verdict]);
}
