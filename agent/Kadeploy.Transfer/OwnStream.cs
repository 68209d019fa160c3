using System.Net.Sockets;

namespace Kadeploy.Transfer;

/// <summary>One node that is served on its own, seen by the one that serves it.</summary>
internal sealed class OwnStream(int caller, Socket socket, long from, TimeProvider time)
{
    private long _cursor = from, _heldSince;
    private volatile bool _released;

    public int Caller => caller;

    public Socket Socket => socket;

    /// <summary>Next byte to send.</summary>
    public long Cursor { get => Volatile.Read(ref _cursor); set => Volatile.Write(ref _cursor, value); }

    /// <summary>
    /// What the server may receive without losing what this one still needs. It is held up by it for <paramref name="patience"/> at most: then it goes
    /// on, and this one finds its bytes elsewhere.
    /// </summary>
    public long Limit(long received, long ahead, TimeSpan patience)
    {
        var limit = Cursor + ahead;
        if (_released)
            return long.MaxValue;
        if (limit > received)
            Volatile.Write(ref _heldSince, 0);
        else if (Volatile.Read(ref _heldSince) == 0)
            Volatile.Write(ref _heldSince, time.GetTimestamp());
        else if (time.GetElapsedTime(Volatile.Read(ref _heldSince)) > patience)
            _released = true;
        return limit;
    }
}
