namespace Kadeploy.Transfer;

/// <summary>The stable reason codes of <see cref="TransferFailure"/> and <see cref="TransferEvent"/>.</summary>
public static class Reasons
{
    /// <summary>Connection refused or reset, no route, or the process does not know the transfer.</summary>
    public const string Dead = "dead";

    /// <summary>Nothing is answered any more, not even by the machine's TCP: link or machine down.</summary>
    public const string Silent = "silent";

    /// <summary>The machine's TCP answers, the process does not.</summary>
    public const string Frozen = "frozen";

    /// <summary>Moves, but below the floor.</summary>
    public const string Slow = "slow";

    /// <summary>Sent bytes that do not have the block's digest.</summary>
    public const string Corrupt = "corrupt";

    /// <summary>Answered without proof of the transfer's key.</summary>
    public const string Foreign = "foreign";

    /// <summary>Left the line of its own will; it goes on being served on its own.</summary>
    public const string Left = "left-line";

    /// <summary>A later member took this node's place in the line.</summary>
    public const string PassedOver = "passed-over";

    /// <summary>Nobody fed this node for the plan's limit.</summary>
    public const string NoFeed = "no-feed";

    /// <summary>A block has the wrong digest at the head too: image changed, or manifest of another image.</summary>
    public const string ImageDigestMismatch = "image-digest-mismatch";

    /// <summary>The head cannot read its image.</summary>
    public const string ImageUnreadable = "image-unreadable";

    /// <summary>The image is larger than the device.</summary>
    public const string DiskTooSmall = "disk-too-small";

    /// <summary>The target could not be opened or written.</summary>
    public const string WriteFailed = "write-failed";

    /// <summary>The decompressor or tar ended with an error.</summary>
    public const string ExtractFailed = "extract-failed";

    /// <summary>The plan cannot be run.</summary>
    public const string BadPlan = "bad-plan";

    /// <summary>The controller told this node to stop.</summary>
    public const string Cancelled = "cancelled";
}
