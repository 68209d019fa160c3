using System.Net.Sockets;

namespace Kadeploy.Transfer;

/// <summary>
/// The control connection of a link, seen from either end: sends frames, remembers when the peer was last heard, and tells a frozen peer
/// (its TCP acknowledges) from a silent one (nothing comes back).
/// </summary>
internal sealed class ControlChannel(Socket socket, TimeProvider time)
{
    private readonly object _sending = new(), _reading = new();
    private long _heard = time.GetTimestamp();
    private ControlFrame _last;
    private volatile bool _closed, _open;

    /// <summary>Last status of the peer; all zero before the first.</summary>
    public ControlFrame Last { get { lock (_reading) return _last; } }

    /// <summary>The handshake is over: before that a frame would be taken for a part of it, and is not sent.</summary>
    public ControlChannel Open()
    {
        Forgive();
        _open = true;
        return this;
    }

    public bool Closed => _closed;

    public TimeSpan Quiet => time.GetElapsedTime(Volatile.Read(ref _heard));

    /// <summary>This process itself did not run for a while: the peer is not to blame for what was not read.</summary>
    public void Forgive() => Volatile.Write(ref _heard, time.GetTimestamp());

    public void Send(ControlFrame frame)
    {
        Span<byte> bytes = stackalloc byte[ControlFrame.Size];
        frame.Write(bytes);
        lock (_sending)
            if (_open && !_closed && !Wire.Write(socket, bytes))
                Close();
    }

    /// <summary>Reads frames until the connection ends.</summary>
    public void ReadAll(Action<ControlFrame> handle)
    {
        Span<byte> bytes = stackalloc byte[ControlFrame.Size];
        while (Wire.Read(socket, bytes))
        {
            Forgive();
            var frame = ControlFrame.Read(bytes);
            if (frame.Kind == FrameKind.Status)
                lock (_reading)
                    _last = frame;
            handle(frame);
        }
        _closed = true;
    }

    /// <summary>The verdict on a peer that was not heard for too long: heartbeats were sent all along, so a living TCP has acknowledged some.</summary>
    public VerdictCode QuietVerdict() => Wire.SinceAcknowledged(socket) > Quiet.TotalMilliseconds / 2 ? VerdictCode.Silent : VerdictCode.Frozen;

    public void Close()
    {
        _closed = true;
        Wire.Break(socket);
    }
}
