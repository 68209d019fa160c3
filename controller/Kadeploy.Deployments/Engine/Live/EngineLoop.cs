using System.Threading.Channels;
using Kadeploy.Deployments.Engine.Journal;
using Kadeploy.Deployments.Engine.State;
using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Deployments.Engine.Live;

/// <summary>The engine's loop: takes letters, has the reducer decide, writes the journal, carries out.</summary>
internal sealed class EngineLoop
{
    /// <summary>Bounds one journal transaction.</summary>
    private const int LettersPerTurn = 1024;

    private readonly IDeploymentJournal _journal;
    private readonly TimeProvider _time;
    private readonly EngineOptions _options;

    // Unbounded, since a report must never block a driver; every execution sends at most one outcome a node.
    private readonly Channel<Letter> _mail = Channel.CreateUnbounded<Letter>(new() { SingleReader = true });
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly StepTimers _timers;
    private readonly Windows _windows;

    public EngineLoop(IStepDriver driver, IDeploymentJournal journal, TimeProvider time, EngineOptions options)
    {
        _journal = journal;
        _time = time;
        _options = options;
        Calls = new(driver, time, options, letter => Post(letter), Register.Find);
        _timers = new(time, letter => Post(letter));
        _windows = new(options.Windows, options.CancelGrace, time, letter => Post(letter));
    }

    public DeploymentRegister Register { get; } = new();

    public DriverCalls Calls { get; }

    public Task Completion => _completion.Task;

    /// <summary>False once the loop takes no more.</summary>
    public bool Post(Letter letter) => _mail.Writer.TryWrite(letter);

    /// <summary>No more letters; what lies in the mailbox is still dealt with.</summary>
    public void Close() => _mail.Writer.TryComplete();

    /// <summary>Ends without having run.</summary>
    public void Fail(Exception? why)
    {
        Close();
        EndTimers();
        if (why is null)
            _completion.TrySetResult();
        else
            _completion.TrySetException(why);
        while (_mail.Reader.TryRead(out var letter))
            (letter as Letter.IAsks)?.Abandon(why ?? new InvalidOperationException("the engine has stopped"));
    }

    public async Task RunAsync()
    {
        // Leaves the caller's stack; where there is a synchronization context (the simulation's), the loop stays in it.
        await Task.Yield();
        var turn = new Turn();
        Letter? letter = null;
        try
        {
            while (await _mail.Reader.WaitToReadAsync())
            {
                turn = new();
                for (var i = 0; i < LettersPerTurn && _mail.Reader.TryRead(out letter); i++)
                    Open(letter, turn);
                await CommitAsync(turn);
            }

            EndTimers();
            _completion.TrySetResult();
        }
#pragma warning disable CA1031 // Whatever it is, it must reach Completion: a loop that died in silence is the stuck state we promise not to have.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Calls.CancelAll();
            turn.Abandon(e);
            (letter as Letter.IAsks)?.Abandon(e);
            Fail(e);
        }
    }

    private void EndTimers()
    {
        _timers.EndAll();
        _windows.EndAll();
    }

    private void Open(Letter letter, Turn turn)
    {
        var now = _time.GetUtcNow();
        switch (letter)
        {
            case Letter.Submit submit:
                turn.Answer(submit.Answer, Submit(submit, turn, now));
                break;
            case Letter.Cancel cancel:
                turn.Answer(cancel.Answer, Apply(cancel.Deployment, cancel.Asked, turn, now));
                break;
            case Letter.Finished finished:
                var outcomes = Gather(finished);
                if (Apply(finished.Call.Deployment, new Happening.Reported(finished.Call.Execution.Id, outcomes), turn, now))
                    turn.Heard.Add((finished.Call.Execution.Id, outcomes.Keys));
                break;
            case Letter.Returned returned:
                Calls.Forget(returned.Call);
                Apply(returned.Call.Deployment, new Happening.CallReturned(returned.Call.Execution.Id, returned.Call.Wave, returned.Error), turn, now);
                break;
            case Letter.Woke woke:
                Look(woke, turn, now);
                break;
            case Letter.Admit admit:
                Apply(admit.Deployment, new Happening.Admitted(admit.Execution, admit.Nodes), turn, now);
                break;
            case Letter.PauseOver over:
                _windows.PauseOver(over);
                break;
            case Letter.Left left:
                _windows.Left(left);
                break;
            case Letter.Resume resume:
                foreach (var id in resume.Deployments)
                    Apply(id, new Happening.Resumed(), turn, now);
                turn.Answer(resume.Answer, true);
                break;
            default:
                throw new InvalidOperationException($"a letter of unknown kind {letter.GetType().Name}");
        }
    }

    /// <summary>Takes the outcomes of the same call that lie next in the mailbox: thousands of nodes often finish together.</summary>
    private Dictionary<string, Outcome> Gather(Letter.Finished first)
    {
        // The journal shall not hold what is not heard: repeated and late words.
        var pending = Register.Find(first.Call.Deployment)?.State.Running.GetValueOrDefault(first.Call.Execution.Id)?.Pending;
        var outcomes = new Dictionary<string, Outcome>();
        Take(first);
        while (_mail.Reader.TryPeek(out var next) && next is Letter.Finished finished && finished.Call == first.Call && _mail.Reader.TryRead(out _))
            Take(finished);
        return outcomes;

        void Take(Letter.Finished told)
        {
            if (pending?.Contains(told.Node) == true)
                outcomes.TryAdd(told.Node, told.Outcome);
        }
    }

    private SubmitResult Submit(Letter.Submit submit, Turn turn, DateTimeOffset now)
    {
        var request = submit.Submitted.Request;
        if (Register.Find(request.Id) is not null)
            return new SubmitResult.Invalid([new("id", $"there is a deployment {request.Id} already")]);
        var names = submit.Submitted.Assignments.SelectMany(a => a.Nodes).Select(n => n.Name);
        var busy = names.Select(Register.OwnerOf).OfType<BusyNode>().Where(b => InterruptTable.Of(request.Kind, b.Kind) != Meeting.Beside)
            .OrderBy(b => b.Node, NodeNameComparer.Instance).ToList();
        if (busy.Count > 0 && !request.Force)
            return new SubmitResult.Busy(busy);
        // In the same turn, and so in the same transaction: no node is ever between two owners.
        foreach (var owner in busy.GroupBy(b => b.Deployment))
            Apply(owner.Key, new Happening.CancelAsked(request.User, $"interrupted by {request.Id} of {request.User}", [.. owner.Select(b => b.Node)]) { Reason = "interrupted" }, turn, now);
        var reduction = Reducer.Start(submit.Submitted, now);
        var live = new LiveDeployment(reduction.State);
        Register.Add(live);
        turn.Add(live, submit.Submitted, now, reduction);
        return new SubmitResult.Accepted(request.Id);
    }

    private bool Apply(string id, Happening happening, Turn turn, DateTimeOffset now)
    {
        if (Register.Find(id) is not { } live || Reducer.Reduce(live.State, happening, now) is not { } reduction)
            return false;
        turn.Add(live, happening, now, reduction);
        Register.Free(id, reduction.Verdicts);
        return true;
    }

    private void Look(Letter.Woke woke, Turn turn, DateTimeOffset now)
    {
        var live = Register.Find(woke.Deployment);
        if (live is null || !live.State.Running.TryGetValue(woke.Execution, out var step))
            return;
        if (now >= step.Deadline)
            Apply(woke.Deployment, new Happening.DeadlinePassed(step.Id, live.LastSeen(step, now)), turn, now);
        else if (now >= step.PatienceAt)
            Apply(woke.Deployment, new Happening.PatienceEnded(step.Id), turn, now);
        // Another deadline is yet to come, or the timer came early: look again.
        if (live.State.Running.TryGetValue(step.Id, out var still) && still.WakeAt is { } at)
            _timers.Set(woke.Deployment, step.Id, at);
    }

    private async Task CommitAsync(Turn turn)
    {
        if (turn.Entries.Count > 0)
            await _journal.AppendAsync(turn.Entries, CancellationToken.None);
        foreach (var (execution, nodes) in turn.Heard)
            _options.Heard(execution, nodes);
        foreach (var (live, reduction) in turn.Reductions)
        {
            live.Publish(reduction.State, reduction.Events);
            if (reduction.State.EndedAt is not null)
                Register.Retire(reduction.State.Id, _options.FinishedKept);
        }

        // After a restart: whoever is inside a window takes a place before anybody new is let in.
        foreach (var begin in turn.Reductions.SelectMany(r => r.Reduction.Effects).OfType<Effect.Begin>())
            _windows.Occupy(begin);
        foreach (var (_, reduction) in turn.Reductions)
        {
            foreach (var effect in reduction.Effects)
                CarryOut(reduction.State.Id, effect);
        }

        turn.GiveAnswers();
    }

    private void CarryOut(string deployment, Effect effect)
    {
        switch (effect)
        {
            case Effect.Begin begin:
                Calls.Begin(deployment, begin);
                break;
            case Effect.Halt halt:
                Calls.Halt(halt);
                break;
            case Effect.Expel expel:
                Calls.Expel(expel);
                break;
            case Effect.Queue queue:
                _windows.Queue(deployment, queue);
                break;
            case Effect.Release release:
                _windows.Release(release.Execution, release.Nodes, Calls.Unwinding);
                break;
            case Effect.Wake wake:
                _timers.Set(deployment, wake.Execution, wake.At);
                break;
            case Effect.Over over:
                _timers.End(over.Execution);
                _windows.End(over.Execution);
                break;
        }
    }
}
