using System.Net.Sockets;

namespace Kadeploy.Transfer;

/// <summary>The one member that feeds a node in the line.</summary>
internal sealed class PredecessorLink(int index, ControlChannel control)
{
    public int Index => index;

    public ControlChannel Control => control;

    public Socket? Data { get; set; }

    /// <summary>For image bytes on <see cref="Data"/>.</summary>
    public byte[] DataKey { get; set; } = [];

    /// <summary>Why the link ended; <see cref="VerdictCode.None"/>: by a reset.</summary>
    public VerdictCode Verdict { get; set; }

    /// <summary>The predecessor said that another has this node's place, and why; null: it did not.</summary>
    public VerdictCode? Evicted { get; set; }

    /// <summary>Everything the predecessor sent on the control connection was read.</summary>
    public ManualResetEventSlim Read { get; } = new();

    public void Break()
    {
        control.Close();
        Wire.Break(Data);
    }
}
