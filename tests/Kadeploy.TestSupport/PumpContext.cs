namespace Kadeploy.TestSupport;

/// <summary>
/// Runs everything asynchronous that starts in it on one thread, in order of arrival, when told to: concurrent code becomes repeatable.
/// Code that leaves the context (<c>ConfigureAwait(false)</c>, <c>Task.Run</c>) escapes it.
/// </summary>
public sealed class PumpContext : SynchronizationContext
{
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _queue = new();

    /// <summary>How many continuations have run.</summary>
    public long Steps { get; private set; }

    /// <inheritdoc/>
    public override void Post(SendOrPostCallback d, object? state)
    {
        lock (_queue)
            _queue.Enqueue((d, state));
    }

    /// <inheritdoc/>
    public override void Send(SendOrPostCallback d, object? state) => Run(() => d(state));

    /// <summary>Does something inside the context, without pumping.</summary>
    public void Run(Action action)
    {
        var before = Current;
        SetSynchronizationContext(this);
        try
        {
            action();
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }

    /// <summary>Runs one continuation; false when none waits.</summary>
    public bool Step()
    {
        (SendOrPostCallback Callback, object? State) next;
        lock (_queue)
        {
            if (!_queue.TryDequeue(out next))
                return false;
        }

        Steps++;
        Run(() => next.Callback(next.State));
        return true;
    }

    /// <summary>Runs until nothing waits.</summary>
    /// <exception cref="InvalidOperationException">It does not become quiet: something spins.</exception>
    public void Drain(int most = 10_000_000)
    {
        for (var i = 0; i < most; i++)
        {
            if (!Step())
                return;
        }

        throw new InvalidOperationException($"not quiet after {most} continuations");
    }

    /// <summary>Runs something asynchronous to its end, draining; it must not need time to pass.</summary>
    public T Complete<T>(Func<Task<T>> work)
    {
        Task<T>? task = null;
        Run(() => task = work());
        Drain();
        return task!.IsCompleted ? task.GetAwaiter().GetResult() : throw new InvalidOperationException("it waits for something that does not come");
    }

    /// <summary>Runs something asynchronous to its end, draining; it must not need time to pass.</summary>
    public void Complete(Func<Task> work) => Complete(async () =>
    {
        await work();
        return true;
    });
}
