using System.Collections.Concurrent;

namespace Kadeploy.Deployments.Engine.Live;

/// <summary>A call of the driver that is under way.</summary>
internal sealed class DriverCall : IDisposable
{
    private readonly CancellationTokenSource _cancel = new();
    private readonly ConcurrentDictionary<string, NodePart> _parts = new();
    private volatile bool _over;

    public DriverCall(string deployment, StepExecution execution, int wave)
    {
        Deployment = deployment;
        Execution = execution;
        Wave = wave;
        Token = _cancel.Token;
    }

    public string Deployment { get; }

    public StepExecution Execution { get; }

    /// <summary>Which of the execution's calls, from 0.</summary>
    public int Wave { get; }

    /// <summary>Kept apart from its source, so that it can be asked after the call was disposed.</summary>
    public CancellationToken Token { get; }

    /// <summary>Ends when the driver has returned, however it did.</summary>
    public Task Task { get; set; } = Task.CompletedTask;

    /// <summary>Set once nothing that it says counts any more.</summary>
    public bool Over => _over;

    public void End() => _over = true;

    public void Cancel()
    {
        try
        {
            _cancel.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The driver has returned meanwhile: there is nothing to cancel.
        }
    }

    /// <summary>Cancelled when the node is taken out, or the whole call is.</summary>
    public CancellationToken TokenOf(string node) => PartOf(node).Token;

    /// <summary>The driver has done with a node.</summary>
    public void LetGo(string node) => PartOf(node).Over.TrySetResult();

    /// <summary>Ends when the driver has done with a node, or with everything.</summary>
    public Task WhenLetGo(string node) => Task.WhenAny(PartOf(node).Over.Task, Task);

    public void Expel(string node)
    {
        try
        {
            PartOf(node).Cancel.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The driver has returned meanwhile: there is nothing to cancel.
        }
    }

    public void Dispose()
    {
        foreach (var part in _parts.Values)
            part.Cancel.Dispose();
        _cancel.Dispose();
    }

    private NodePart PartOf(string node) => _parts.GetOrAdd(node, _ => new(CancellationTokenSource.CreateLinkedTokenSource(Token)));

    /// <summary>One node's part in the call.</summary>
    private sealed record NodePart(CancellationTokenSource Cancel)
    {
        public CancellationToken Token { get; } = Cancel.Token;

        // Whoever waits for it leaves the driver's stack by itself.
        public TaskCompletionSource Over { get; } = new();
    }
}
