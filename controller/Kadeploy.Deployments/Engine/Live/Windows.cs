using Kadeploy.Deployments.Engine.State;

namespace Kadeploy.Deployments.Engine.Live;

/// <summary>All windows, over all deployments. Used by the engine's loop only; who was let in comes back as a letter, so that it is in the journal before it counts.</summary>
internal sealed class Windows(IReadOnlyDictionary<string, WindowSize> sizes, TimeSpan grace, TimeProvider time, Action<Letter> post)
{
    private readonly Dictionary<string, Window> _windows = sizes.ToDictionary(s => s.Key, s => new Window(s.Value.Checked()));
    private readonly Dictionary<string, string> _windowOf = [];
    private readonly Dictionary<long, ITimer> _pauses = [];
    private long _pause;

    public void Queue(string deployment, Effect.Queue queue)
    {
        if (!_windows.TryGetValue(queue.Window, out var window))
        {
            post(new Letter.Admit(deployment, queue.Execution, queue.Nodes));
            return;
        }

        _windowOf[queue.Execution] = queue.Window;
        window.Queue(deployment, queue.Execution, queue.Nodes);
        Admit(window);
    }

    public void Occupy(Effect.Begin begin)
    {
        if (begin.Window is null || !_windows.TryGetValue(begin.Window, out var window))
            return;
        _windowOf[begin.Execution.Id] = begin.Window;
        window.Occupy(begin.Execution.Id, begin.Execution.Nodes.Select(n => n.Name));
    }

    /// <summary>Nodes need no place any more. One whose cancelled call has not returned keeps its place until then: it may still be at it.</summary>
    /// <param name="execution">Their step.</param>
    /// <param name="nodes">The nodes.</param>
    /// <param name="unwinding">The cancelled call of a node, or null.</param>
    public void Release(string execution, IReadOnlyList<string> nodes, Func<string, Task?> unwinding)
    {
        if (!_windowOf.TryGetValue(execution, out var name))
            return;
        var window = _windows[name];
        var late = nodes.Where(n => window.IsInside(execution, n) && unwinding(n) is { IsCompleted: false }).ToHashSet();
        foreach (var node in late)
            _ = LeaveLaterAsync(name, execution, node, unwinding(node)!);
        Leave(name, execution, late.Count == 0 ? nodes : [.. nodes.Where(n => !late.Contains(n))]);
    }

    /// <summary>A node's cancelled call has returned.</summary>
    public void Left(Letter.Left left) => Leave(left.Window, left.Execution, [left.Node]);

    private async Task LeaveLaterAsync(string window, string execution, string node, Task call)
    {
        await Task.WhenAny(call, Task.Delay(grace, time));
        post(new Letter.Left(window, execution, node));
    }

    private void Leave(string name, string execution, IReadOnlyList<string> nodes)
    {
        var places = _windows[name].Release(execution, nodes);
        if (places > 0 && sizes[name].Pause > TimeSpan.Zero)
        {
            var pause = ++_pause;
            _pauses[pause] = time.CreateTimer(_ => post(new Letter.PauseOver(name, places, pause)), null, sizes[name].Pause, Timeout.InfiniteTimeSpan);
            return;
        }

        _windows[name].PauseOver(places);
        Admit(_windows[name]);
    }

    public void PauseOver(Letter.PauseOver over)
    {
        if (_pauses.Remove(over.Pause, out var timer))
            timer.Dispose();
        _windows[over.Window].PauseOver(over.Places);
        Admit(_windows[over.Window]);
    }

    public void End(string execution) => _windowOf.Remove(execution);

    public void EndAll()
    {
        foreach (var timer in _pauses.Values)
            timer.Dispose();
        _pauses.Clear();
    }

    private void Admit(Window window)
    {
        foreach (var (deployment, execution, nodes) in window.Admit())
            post(new Letter.Admit(deployment, execution, nodes));
    }
}
