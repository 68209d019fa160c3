using System.Runtime.CompilerServices;
using Kadeploy.Deployments.Engine.Journal;
using Kadeploy.Deployments.Engine.Live;
using Kadeploy.Deployments.Nodes;
using Kadeploy.Deployments.Plans;

namespace Kadeploy.Deployments.Engine;

/// <summary>
/// Runs deployments. How one transition goes:
/// 1. something happens: a submission, a driver's report, a timer; it comes as a letter into one mailbox;
/// 2. one loop takes the letters in order and asks the <see cref="State.Reducer"/>, which is pure, what follows;
/// 3. what happened goes into the journal, all of a turn in one transaction;
/// 4. only then it becomes visible and the effects are carried out: drivers are called, calls cancelled, timers set.
/// After a crash the journal is folded again and what ran is called again under the same execution ids.
/// </summary>
public sealed class DeploymentEngine : IAsyncDisposable
{
    private readonly EngineLoop _loop;
    private readonly IDeploymentJournal _journal;
    private int _started;

    /// <summary>An engine that does nothing before <see cref="ResumeAsync"/>.</summary>
    public DeploymentEngine(IStepDriver driver, IDeploymentJournal journal, TimeProvider time, EngineOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(driver);
        ArgumentNullException.ThrowIfNull(time);
        _journal = journal ?? throw new ArgumentNullException(nameof(journal));
        _loop = new(driver, journal, time, options ?? EngineOptions.Default);
    }

    /// <summary>
    /// Ends when the engine does. Faulted: the journal could not be written or a rule broke; the process must end and be started again,
    /// for nothing more can be promised.
    /// </summary>
    public Task Completion => _loop.Completion;

    /// <summary>Starts the engine and continues every deployment that the journal says is unfinished. Call it once, before anything else.</summary>
    /// <exception cref="InvalidDataException">The journal is damaged; the message names the deployment.</exception>
    public async Task ResumeAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _started, 1) != 0)
            throw new InvalidOperationException("the engine was started before");
        var resumed = new List<string>();
        try
        {
            var entries = await _journal.LoadUnfinishedAsync(cancellationToken);
            foreach (var journal in entries.GroupBy(e => e.Deployment))
                resumed.Add(Load([.. journal]));
        }
        catch (Exception e)
        {
            _loop.Fail(e);
            throw;
        }

        var answer = Answer<bool>();
        _loop.Post(new Letter.Resume(resumed, answer));
        _ = _loop.RunAsync();
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

    /// <summary>Stops an operation, or some of its nodes: they have their verdict at once, and the others go on.</summary>
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
    public DeploymentSnapshot? Get(string id) => _loop.Register.Find(id)?.Snapshot();

    /// <summary>Every deployment that runs or has finished lately, oldest first.</summary>
    public IReadOnlyList<DeploymentSnapshot> List() =>
        [.. _loop.Register.All.Select(d => d.Snapshot()).OrderBy(d => d.CreatedAt).ThenBy(d => d.Id, StringComparer.Ordinal)];

    /// <summary>Which deployment a node belongs to, or null.</summary>
    public BusyNode? OwnerOf(string node) => _loop.Register.OwnerOf(node);

    /// <summary>
    /// Whether the outcome of a node in an execution is still wanted: false once it is in the journal, and for executions that nobody runs any more.
    /// </summary>
    public bool Awaits(string id, string execution, string node) => _loop.Register.Find(id)?.Awaits(execution, node) ?? false;

    /// <summary>
    /// Everything that happens to a deployment from behind <paramref name="after"/> on: past transitions at once, then as they come, progress in between.
    /// Ends after the event <see cref="DeploymentEventKind.End"/>; at once for an unknown deployment. What is there already comes in one list: whoever takes
    /// his time gets more at once, and of the progress of a node the newest only. Several watchers are given the same objects.
    /// </summary>
    /// <param name="id">Its id.</param>
    /// <param name="after">The last sequence number seen; 0 for everything.</param>
    /// <param name="cancellationToken">Ends the watch.</param>
    public async IAsyncEnumerable<IReadOnlyList<DeploymentEvent>> WatchAsync(string id, long after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (_loop.Register.Find(id) is not { } live)
            yield break;
        var sequence = after;
        long version = 0;
        while (true)
        {
            var events = live.Take(ref sequence, ref version, out var more);
            if (events.Count > 0)
                yield return events;
            if (events.Count > 0 ? events[^1].Kind == DeploymentEventKind.End : more.Task.IsCompleted)
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

    /// <summary>A planned stop that waits for nothing.</summary>
    public Task StopAsync() => StopAsync(TimeSpan.Zero, static _ => false);

    /// <summary>
    /// A planned stop: no driver call begins any more; those worth waiting for may end; the others are cancelled, what they say from then on is
    /// not kept, and unfinished deployments stay in the journal to be continued by the next <see cref="ResumeAsync"/>.
    /// </summary>
    /// <param name="grace">How long calls may take to end.</param>
    /// <param name="worthWaiting">Which calls are waited for.</param>
    public async Task StopAsync(TimeSpan grace, Func<StepExecution, bool> worthWaiting)
    {
        _loop.Calls.BeginNoMore();
        if (grace > TimeSpan.Zero)
            await _loop.Calls.SettleAsync(grace, worthWaiting);
        _loop.Close();
        if (_started == 0)
            _loop.Fail(null);
        await Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        await _loop.Calls.StopAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopAsync();

    private static TaskCompletionSource<T> Answer<T>() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Post<T>(Letter letter, TaskCompletionSource<T> answer)
    {
        if (_started == 0)
            throw new InvalidOperationException("the engine was not started");
        if (!_loop.Post(letter))
            answer.TrySetException(new InvalidOperationException("the engine has stopped"));
    }

    private string Load(IReadOnlyList<JournalEntry> journal)
    {
        var events = new List<DeploymentEvent>();
        var state = DeploymentHistory.Fold(journal, events.AddRange);
        var live = new LiveDeployment(state);
        live.Publish(state, events);
        _loop.Register.Add(live);
        return state.Id;
    }
}
