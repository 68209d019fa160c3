using System.Collections.Immutable;
using System.Net.Sockets;

namespace Kadeploy.Transfer;

/// <summary>What the parts of one member of one transfer share: its plan, its place, its verdicts, and whether it goes on.</summary>
internal sealed class Member(TransferPlan plan, string name, ITransferObserver? observer, TimeProvider time)
{
    private const int MostEvents = 100;
    private readonly object _gate = new();
    private readonly List<TransferEvent> _events = [];
    private readonly long _started = time.GetTimestamp();
    private volatile TransferPlan _plan = plan;
    private volatile bool _stopped, _inLine = true;
    private bool _apart;

    public TransferPlan Plan => _plan;

    public string Name => name;

    public int Self => _plan.IndexOf(name);

    public TimeProvider Time => time;

    public ITransferObserver? Observer => observer;

    public TransferTunables Tunables => _plan.Tunables;

    public byte[] Key { get; } = [.. plan.Key];

    /// <summary>The image's way over a connection whose handshake gave this key; <see cref="Handshake.DataKey"/>.</summary>
    public ImagePipe Pipe(Socket socket, byte[] dataKey) => new(socket, _plan.Sealed ? dataKey : null);

    public OwnDelay Delay { get; } = new(plan.Tunables, time);

    public TimeSpan Age => time.GetElapsedTime(_started);

    public bool Stopped => _stopped;

    /// <summary>Set when something happened that may let this member end: the end of a transfer must not cost a poll per hop.</summary>
    public AutoResetEvent Changed { get; } = new(false);

    /// <summary>False once this node is served on its own: it then feeds nobody in the line.</summary>
    public bool InLine => _inLine;

    public void Stop()
    {
        _stopped = true;
        Changed.Set();
    }

    /// <summary>
    /// Out of the line for the rest of an epoch; false when a newer plan has put this node back meanwhile. <paramref name="apart"/>: for the rest of
    /// the transfer. Who was too slow for the others would be so again, and cost them the time to find it out with every newer plan.
    /// </summary>
    public bool LeaveLine(int epoch, bool apart)
    {
        lock (_gate)
        {
            if (_plan.Epoch != epoch)
                return false;
            _apart |= apart;
            _inLine = false;
            return true;
        }
    }

    /// <summary>Takes a newer plan; false when it is not newer or of another transfer.</summary>
    public bool Take(TransferPlan plan)
    {
        lock (_gate)
        {
            if (plan.Epoch <= _plan.Epoch || plan.TransferId != _plan.TransferId || plan.Problem() is not null)
                return false;
            _plan = plan;
            _inLine = !_apart;
            return true;
        }
    }

    public string NameOf(int index) => index >= 0 && index < _plan.Members.Length ? _plan.Members[index].Name : $"#{index}";

    public void Tell(Party party, int index, string reason, long offset, string detail, int by = -1)
    {
        var verdict = new TransferEvent(party == Party.Predecessor && index == 0 ? Party.Head : party, NameOf(index), reason, offset, detail, by < 0 ? null : NameOf(by));
        lock (_gate)
            if (_events.Count < MostEvents)
                _events.Add(verdict);
        observer?.OnEvent(verdict);
    }

    public ImmutableArray<TransferEvent> Events
    {
        get
        {
            lock (_gate)
                return [.. _events];
        }
    }
}
