namespace Kadeploy.Transfer;

/// <summary>
/// The timers and sizes of a transfer, the same on all its members. The defaults are those of docs/chain-protocol.md, which gives the
/// reason for each; tests shorten them.
/// </summary>
public sealed record TransferTunables
{
    /// <summary>How often a link's two ends tell each other that they live and where they are.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>A peer that was not heard for this long is frozen or silent.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(1.5);

    /// <summary>Bound on connecting to a peer, and on each answer of a handshake.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long after its own start a node waits for a member that refuses or does not know the transfer yet.</summary>
    public TimeSpan JoinGrace { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a node that lost its successor holds its ring for the next one.</summary>
    public TimeSpan SuccessorGrace { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>A node that received no byte for this long fails with <c>no-feed</c>. Longer than a restart of the head.</summary>
    public TimeSpan NoFeedLimit { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Memory of a node's ring, in bytes; rounded to whole blocks, at least four.</summary>
    public int RingBytes { get; init; } = 48 << 20;

    /// <summary>Piece worth waking up for, in bytes, on a fast link: cut-through unit. On a slow one it is what 2 ms bring.</summary>
    public int RelayUnit { get; init; } = 64 << 10;

    /// <summary>A link below this share of what the other paths give is slow.</summary>
    public double SlowFloor { get; init; } = 0.5;

    /// <summary>How often <see cref="ITransferObserver.OnProgress"/> is called.</summary>
    public TimeSpan ProgressInterval { get; init; } = TimeSpan.FromSeconds(1);
}
