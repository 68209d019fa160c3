using Kadeploy.Api.Exec;
using Kadeploy.Cli.Output;

namespace Kadeploy.Cli.Progress;

/// <summary>Gathers what nodes answer, and says on a terminal's standard error which are waited for.</summary>
internal sealed class ExecProgress : IDisposable
{
    private const int LongestNames = 60;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly int _all;
    private readonly HashSet<string> _waiting;
    private readonly List<CommandResult> _results = [];
    private readonly ITimer? _timer;
    private bool _shown;

    public ExecProgress(IEnumerable<string> nodes, TimeProvider time)
    {
        _waiting = [.. nodes];
        _all = _waiting.Count;
        if (!Console.IsErrorRedirected)
            _timer = time.CreateTimer(_ => Show(), null, Interval, Interval);
    }

    public IReadOnlyList<CommandResult> Results
    {
        get
        {
            lock (_lock)
                return [.. _results];
        }
    }

    public void Ended(CommandResult result)
    {
        lock (_lock)
        {
            _results.Add(result);
            _waiting.Remove(result.Node);
        }
    }

    /// <summary>Nothing more is shown, and nothing is left on the screen.</summary>
    public void Clear()
    {
        _timer?.Dispose();
        lock (_lock)
        {
            if (_shown)
                Console.Error.Write("\r\e[K");
            _shown = false;
        }
    }

    public void Dispose() => _timer?.Dispose();

    private void Show()
    {
        lock (_lock)
        {
            var names = NodeNames.Fold(_waiting.Order(StringComparer.Ordinal));
            Console.Error.Write($"\r\e[K{_results.Count} of {_all} nodes; waiting for {(names.Length > LongestNames ? names[..LongestNames] + "…" : names)}");
            _shown = true;
        }
    }
}
