using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Kadeploy.Deployments.Engine.Journal;
using Kadeploy.Deployments.Engine.Live;
using Kadeploy.Deployments.Engine.State;
using Kadeploy.Deployments.Nodes;
using Kadeploy.Deployments.Plans;

namespace Kadeploy.Deployments.Engine;

/// <summary>
/// Runs deployments. How one transition goes:
/// 1. something happens: a submission, a driver's report, a timer; it comes as a letter into one mailbox;
/// 2. one loop takes the letters in order and asks the <see cref="Reducer"/>, which is pure, what follows;
/// 3. what happened goes into the journal, all of a turn in one transaction;
/// 4. only then it becomes visible and the effects are carried out: drivers are called, calls cancelled, timers set.
/// After a crash the journal is folded again and what ran is called again under the same execution ids.
/// </summary>
public sealed class DeploymentEngine : IAsyncDisposable
{
    /// <summary>Bounds one journal transaction.</summary>
    private const int LettersPerTurn = 1024;

    private readonly IDeploymentJournal _journal;
    private readonly TimeProvider _time;
    private readonly EngineOptions _options;

    // Unbounded, since a report must never block a driver; every execution sends at most one outcome a node.
    private readonly Channel<Letter> _mail = Channel.CreateUnbounded<Letter>(new() { SingleReader = true });
    private readonly ConcurrentDictionary<string, LiveDeployment> _deployments = new();
    private readonly ConcurrentDictionary<string, BusyNode> _owners = new();
    private readonly DriverCalls _calls;
    private readonly StepTimers _timers;
    private readonly Windows _windows;

    // Only the loop uses it.
    private readonly Queue<string> _finished = [];

    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _started;

    /// <summary>An engine that does nothing before <see cref="ResumeAsync"/>.</summary>
    public DeploymentEngine(IStepDriver driver, IDeploymentJournal journal, TimeProvider time, EngineOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(driver);
        _journal = journal ?? throw new ArgumentNullException(nameof(journal));
        _time = time ?? throw new ArgumentNullException(nameof(time));
        _options = options ?? EngineOptions.Default;
        void Post(Letter letter) => _mail.Writer.TryWrite(letter);
        _calls = new(driver, time, _options, Post, id => _deployments.GetValueOrDefault(id));
        _timers = new(time, Post);
        _windows = new(_options.Windows, time, Post);
    }

    /// <summary>
    /// Ends when the engine does. Faulted: the journal could not be written or a rule broke; the process must end and be started again,
    /// for nothing more can be promised.
    /// </summary>
    public Task Completion => _completion.Task;

    /// <summary>Starts the engine and continues every deployment that the journal says is unfinished. Call it once, before anything else.</summary>
    /// <exception cref="InvalidDataException">The journal is damaged; the message names the deployment.</exception>
    public async Task ResumeAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _started, 1) != 0)
            throw new InvalidOperationException("the engine was started before");
        var entries = await _journal.LoadUnfinishedAsync(cancellationToken);
        var resumed = new List<string>();
        foreach (var journal in entries.GroupBy(e => e.Deployment))
        {
            var events = new List<DeploymentEvent>();
            var state = DeploymentHistory.Fold([.. journal], events.AddRange);
            var live = new LiveDeployment(state);
            live.Publish(state, events);
            _deployments[state.Id] = live;
            if (state.EndedAt is not null)
                continue;
            Own(state);
            resumed.Add(state.Id);
        }

        var answer = Answer<bool>();
        _mail.Writer.TryWrite(new Letter.Resume(resumed, answer));
        _ = LoopAsync();
        await answer.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Submits a deployment whose nodes all follow one plan.</summary>
    public Task<SubmitResult> SubmitAsync(DeploymentRequest request, IReadOnlyList<Node> nodes, Plan plan, CancellationToken cancellationToken) =>
        SubmitAsync(request, [new(plan, nodes)], cancellationToken);

    /// <summary>Submits a deployment. It runs from the moment it is accepted, whatever becomes of the caller.</summary>
    /// <param name="request">What is wanted.</param>
    /// <param name="assignments">Nodes and plans, one for each cluster.</param>
    /// <param name="cancellationToken">Ends the wait only.</param>
    public Task<SubmitResult> SubmitAsync(DeploymentRequest request, IReadOnlyList<Assignment> assignments, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(assignments);
        var errors = SubmissionCheck.Problems(request, assignments);
        if (errors.Count > 0)
            return Task.FromResult<SubmitResult>(new SubmitResult.Invalid(errors));
        var answer = Answer<SubmitResult>();
        Post(new Letter.Submit(new(request, assignments), answer), answer);
        return answer.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Stops a deployment, or some of its nodes. Nodes that share a micro-step with others stop when that step ends for them.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="by">Who wants it.</param>
    /// <param name="nodes">Which nodes; null for all.</param>
    /// <param name="cancellationToken">Ends the wait only.</param>
    /// <returns>False when there was nothing to stop.</returns>
    public Task<bool> CancelAsync(string id, string by, IReadOnlyList<string>? nodes, CancellationToken cancellationToken)
    {
        var answer = Answer<bool>();
        Post(new Letter.Cancel(id, new(by, $"cancelled by {by}", nodes), answer), answer);
        return answer.Task.WaitAsync(cancellationToken);
    }

    /// <summary>A deployment that runs or has finished lately; null for others (see <see cref="DeploymentHistory"/>).</summary>
    public DeploymentSnapshot? Get(string id) => _deployments.GetValueOrDefault(id)?.Snapshot();

    /// <summary>Every deployment that runs or has finished lately, oldest first.</summary>
    public IReadOnlyList<DeploymentSnapshot> List() =>
        [.. _deployments.Values.Select(d => d.Snapshot()).OrderBy(d => d.CreatedAt).ThenBy(d => d.Id, StringComparer.Ordinal)];

    /// <summary>Which deployment a node belongs to, or null.</summary>
    public BusyNode? OwnerOf(string node) => _owners.GetValueOrDefault(node);

    /// <summary>
    /// Everything that happens to a deployment from behind <paramref name="after"/> on: past transitions at once, then as they come, progress in between.
    /// Ends after the event <see cref="DeploymentEventKind.End"/>; at once for an unknown deployment.
    /// </summary>
    /// <param name="id">Its id.</param>
    /// <param name="after">The last sequence number seen; 0 for everything.</param>
    /// <param name="cancellationToken">Ends the watch.</param>
    public async IAsyncEnumerable<DeploymentEvent> WatchAsync(string id, long after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (!_deployments.TryGetValue(id, out var live))
            yield break;
        var sequence = after;
        long version = 0;
        while (true)
        {
            var events = live.Take(ref sequence, ref version, out var more);
            foreach (var told in events)
            {
                yield return told;
                if (told.Kind == DeploymentEventKind.End)
                    yield break;
            }

            if (events.Count == 0 && more.Task.IsCompleted)
                yield break;
            try
            {
                await more.Task.WaitAsync(cancellationToken);
            }
            finally
            {
                live.Forget(more);
            }
        }
    }

    /// <summary>
    /// A planned stop: driver calls are cancelled, what they say from now on is not kept, and unfinished deployments stay in the journal to be
    /// continued by the next <see cref="ResumeAsync"/>.
    /// </summary>
    public async Task StopAsync()
    {
        _calls.BeginNoMore();
        _mail.Writer.TryComplete();
        if (_started == 0)
            _completion.TrySetResult();
        await _completion.Task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        await _calls.StopAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopAsync();

    private static TaskCompletionSource<T> Answer<T>() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Post<T>(Letter letter, TaskCompletionSource<T> answer)
    {
        if (_started == 0)
            throw new InvalidOperationException("the engine was not started");
        if (!_mail.Writer.TryWrite(letter))
            answer.TrySetException(new InvalidOperationException("the engine has stopped"));
    }

    private void Own(DeploymentState state)
    {
        foreach (var node in state.Nodes.Values.Where(n => n.Verdict == Verdict.Running))
            _owners[node.Node.Name] = new(node.Node.Name, state.Id, state.Request.User, state.CreatedAt);
    }

    private async Task LoopAsync()
    {
        // Leaves the caller's stack; where there is a synchronization context (the simulation's), the loop stays in it.
        await Task.Yield();
        var turn = new Turn();
        try
        {
            while (await _mail.Reader.WaitToReadAsync())
            {
                turn = new();
                for (var i = 0; i < LettersPerTurn && _mail.Reader.TryRead(out var letter); i++)
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
            _mail.Writer.TryComplete();
            EndTimers();
            _calls.CancelAll();
            _completion.TrySetException(e);
            turn.Abandon(e);
            while (_mail.Reader.TryRead(out var letter))
                (letter as Letter.IAsks)?.Abandon(e);
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
                Apply(finished.Call.Deployment, new Happening.Reported(finished.Call.Execution.Id, Gather(finished)), turn, now);
                break;
            case Letter.Returned returned:
                _calls.Forget(returned.Call);
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
        var outcomes = new Dictionary<string, Outcome> { [first.Node] = first.Outcome };
        while (_mail.Reader.TryPeek(out var next) && next is Letter.Finished finished && finished.Call == first.Call && _mail.Reader.TryRead(out _))
            outcomes.TryAdd(finished.Node, finished.Outcome);
        // The journal shall not hold what is not heard: repeated and late words.
        var pending = _deployments.GetValueOrDefault(first.Call.Deployment)?.State.Running.GetValueOrDefault(first.Call.Execution.Id)?.Pending;
        return pending is null ? [] : outcomes.Where(o => pending.Contains(o.Key)).ToDictionary();
    }

    private SubmitResult Submit(Letter.Submit submit, Turn turn, DateTimeOffset now)
    {
        var request = submit.Submitted.Request;
        if (_deployments.ContainsKey(request.Id))
            return new SubmitResult.Invalid([new("id", $"there is a deployment {request.Id} already")]);
        var names = submit.Submitted.Assignments.SelectMany(a => a.Nodes).Select(n => n.Name);
        var busy = names.Select(OwnerOf).OfType<BusyNode>().OrderBy(b => b.Node, NodeNameComparer.Instance).ToList();
        if (busy.Count > 0)
            return new SubmitResult.Busy(busy);
        var reduction = Reducer.Start(submit.Submitted, now);
        var live = new LiveDeployment(reduction.State);
        _deployments[request.Id] = live;
        Own(reduction.State);
        turn.Add(live, submit.Submitted, now, reduction);
        return new SubmitResult.Accepted(request.Id);
    }

    private bool Apply(string id, Happening happening, Turn turn, DateTimeOffset now)
    {
        if (!_deployments.TryGetValue(id, out var live) || Reducer.Reduce(live.State, happening, now) is not { } reduction)
            return false;
        turn.Add(live, happening, now, reduction);
        foreach (var verdict in reduction.Verdicts)
            _owners.TryRemove(verdict.Node, out _);
        return true;
    }

    private void Look(Letter.Woke woke, Turn turn, DateTimeOffset now)
    {
        var live = _deployments.GetValueOrDefault(woke.Deployment);
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
        foreach (var (live, reduction) in turn.Reductions)
        {
            live.Publish(reduction.State, reduction.Events);
            if (reduction.State.EndedAt is not null)
                Retire(reduction.State.Id);
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
                _calls.Begin(deployment, begin);
                break;
            case Effect.Halt halt:
                _calls.Halt(halt);
                break;
            case Effect.Queue queue:
                _windows.Queue(deployment, queue);
                break;
            case Effect.Release release:
                _windows.Release(release.Execution, release.Nodes);
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

    private void Retire(string id)
    {
        _finished.Enqueue(id);
        while (_finished.Count > _options.FinishedKept)
            _deployments.TryRemove(_finished.Dequeue(), out _);
    }
}
