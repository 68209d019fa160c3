using System.Threading.Channels;
using Kadeploy.Agent.Steps;

namespace Kadeploy.Agent.Link;

/// <summary>
/// What waits to be told to the controller. Results are held until acknowledged and told again in every new session; of progress only the
/// latest is kept. So it is bounded by itself, however long the controller is away.
/// </summary>
internal sealed class Outbox(TimeProvider time)
{
    /// <summary>Progress of one step or transfer is told at most this often.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    // Acknowledged results are kept for a controller that asks again for a step it has lost sight of.
    private const int Remembered = 256;

    // Between two looks several verdicts may fall; more than this many are a storm.
    private const int VerdictLimit = 32;

    private sealed class Held(StepOutcome outcome)
    {
        public StepOutcome Outcome => outcome;
        public bool Told { get; set; }
        public bool Acknowledged { get; set; }
    }

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Held> _results = [];
    private readonly Queue<string> _order = new();
    private readonly Dictionary<string, ProgressNote> _progress = [];
    private readonly Dictionary<string, TransferSnapshot> _transfers = [];
    // One unseen piece of news is enough to look.
    private readonly Channel<bool> _news = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Dictionary<(string Address, string Reason), uint> _strangers = [];
    private InventoryNote? _inventory;
    private long _lastTold = long.MinValue;

    public void Progress(ProgressNote note)
    {
        lock (_gate)
            _progress[note.StepId] = note;
        Wake();
    }

    public void Transfer(TransferSnapshot snapshot)
    {
        lock (_gate)
            _transfers[snapshot.TransferId] = _transfers.TryGetValue(snapshot.TransferId, out var untold)
                ? snapshot with { Verdicts = [.. untold.Verdicts.Concat(snapshot.Verdicts).TakeLast(VerdictLimit)] }
                : snapshot;
        Wake();
    }

    /// <summary>Somebody was turned away; of a storm from many addresses the first are told.</summary>
    public void Stranger(string address, string reason)
    {
        lock (_gate)
        {
            if (_strangers.Count >= VerdictLimit && !_strangers.ContainsKey((address, reason)))
                return;
            _strangers[(address, reason)] = _strangers.GetValueOrDefault((address, reason)) + 1;
        }
        Wake();
    }

    public void Inventory(InventoryNote note)
    {
        lock (_gate)
            _inventory = note;
        Wake();
    }

    public void Result(string stepId, StepOutcome outcome)
    {
        lock (_gate)
        {
            _progress.Remove(stepId);
            _results[stepId] = new Held(outcome);
            _order.Enqueue(stepId);
            while (_order.Count > Remembered && _results[_order.Peek()].Acknowledged)
                _results.Remove(_order.Dequeue());
        }
        Wake();
    }

    /// <summary>Tells a result again; false when this step has none.</summary>
    public bool TellAgain(string stepId)
    {
        lock (_gate)
        {
            if (!_results.TryGetValue(stepId, out var held))
                return false;
            held.Told = false;
        }
        Wake();
        return true;
    }

    /// <summary>The controller has it. Returns the outcome the first time, null otherwise.</summary>
    public StepOutcome? Acknowledge(string stepId)
    {
        lock (_gate)
        {
            if (!_results.TryGetValue(stepId, out var held) || held.Acknowledged)
                return null;
            held.Acknowledged = held.Told = true;
            return held.Outcome;
        }
    }

    /// <summary>A new session knows nothing of what was told in the one before.</summary>
    public void StartSession()
    {
        lock (_gate)
            foreach (var held in _results.Values.Where(held => !held.Acknowledged))
                held.Told = false;
        Wake();
    }

    /// <summary>Waits until there is something to tell and takes it: first how things stand, then results.</summary>
    public async Task<IReadOnlyList<object>> TakeAsync(CancellationToken cancellation)
    {
        while (true)
        {
            TimeSpan? later = null;
            // Forgotten before the look, so that what comes after it is news again.
            _news.Reader.TryRead(out _);
            lock (_gate)
            {
                var results = _results.Where(pair => !pair.Value.Told).ToList();
                var since = _lastTold == long.MinValue ? Interval : time.GetElapsedTime(_lastTold);
                var pending = _progress.Count + _transfers.Count + _strangers.Count > 0 || _inventory is not null;
                if (results.Count > 0 || (pending && since >= Interval))
                {
                    // Before a result everything else is told at once: a transfer's last event would otherwise come after its end.
                    List<object> batch =
                    [
                        .. _strangers.Select(s => new StrangerNote(s.Key.Address, s.Key.Reason, s.Value)), .. _transfers.Values,
                        .. _inventory is { } inventory ? (object[])[inventory] : [], .. _progress.Values,
                        .. results.Select(pair => new ResultNote(pair.Key, pair.Value.Outcome)),
                    ];
                    _strangers.Clear();
                    _transfers.Clear();
                    _inventory = null;
                    _progress.Clear();
                    foreach (var (_, held) in results)
                        held.Told = true;
                    _lastTold = time.GetTimestamp();
                    return batch;
                }
                if (pending)
                    later = Interval - since;
            }
            // A result does not wait for the next progress.
            var news = _news.Reader.WaitToReadAsync(cancellation).AsTask();
            using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            await Task.WhenAny(news, Task.Delay(later ?? Timeout.InfiniteTimeSpan, time, waiting.Token));
            await waiting.CancelAsync();
            cancellation.ThrowIfCancellationRequested();
        }
    }

    private void Wake() => _news.Writer.TryWrite(true);
}
