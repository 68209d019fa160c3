using System.Net.Sockets;

namespace Kadeploy.Transfer;

/// <summary>The one successor a member feeds in the line.</summary>
internal sealed class SuccessorLink(int index, ulong session, ControlChannel control, long from)
{
    private long _cursor;
    private bool _flows;

    public int Index => index;

    public ulong Session => session;

    public ControlChannel Control => control;

    /// <summary>The data connection, once it came.</summary>
    public Socket? Data { get; set; }

    /// <summary>Whoever sends on the data connection holds this: the thread that serves it, or the feed's (<see cref="Downstream.Forward"/>).</summary>
    public Lock Sending { get; } = new();

    /// <summary>The data connection is past its handshake.</summary>
    public bool Flows { get => Volatile.Read(ref _flows); set => Volatile.Write(ref _flows, value); }

    /// <summary>First byte it was promised.</summary>
    public long From { get; } = from;

    /// <summary>Next byte to send: everything below was given to the kernel.</summary>
    public long Cursor { get => Math.Max(From, Volatile.Read(ref _cursor)); set => Volatile.Write(ref _cursor, value); }

    /// <summary>Why the link ended; <see cref="VerdictCode.None"/> while it lives or when it ended by a reset.</summary>
    public VerdictCode Verdict { get; set; }

    /// <summary>Who found that, when it was not this member; -1 else.</summary>
    public int Accuser { get; set; } = -1;

    /// <summary>Completed by its answer to a probe frame.</summary>
    public TaskCompletionSource<long> Probed { get; set; } = new();

    /// <summary>Breaks both connections; the threads that own them find out.</summary>
    public void Break()
    {
        control.Close();
        Wire.Break(Data);
    }
}
