namespace Kadeploy.Controller.Drivers;

/// <summary>Facts about a node that one micro-step leaves for another, or for the proof.</summary>
internal static class FactNames
{
    /// <summary>Which arming the node was booted by.</summary>
    public const string Arming = "arming";

    /// <summary>Boot id of what ran before the reboot, if it was known.</summary>
    public const string FormerBootId = "former-boot-id";

    /// <summary>When the node was told to reboot, by the controller's clock, ISO 8601.</summary>
    public const string RebootedAt = "rebooted-at";

    /// <summary>Power as the BMC said last: <c>on</c> or <c>off</c>.</summary>
    public const string Power = "power";

    /// <summary>Boot id of the deployment environment.</summary>
    public const string DeployBootId = "deploy-boot-id";

    /// <summary>Address of the deployment environment.</summary>
    public const string DeployAddress = "deploy-address";

    /// <summary>Boot id of the installed system.</summary>
    public const string BootId = "boot-id";

    /// <summary>How the installed system was seen: <c>ssh</c> or <c>report</c>.</summary>
    public const string SeenBy = "seen-by";

    /// <summary>Begins the names of the agent's facts about SSH host keys; their kind follows.</summary>
    public const string HostKeyPrefix = "host-key-";

    /// <summary>How a person's command ended, and what it said.</summary>
    public const string ExitCode = "exit-code";
    public const string Output = "output";
    public const string Error = "error";

    public const string ImageSha256 = "image-sha256";
    public const string BytesVerified = "bytes-verified";
    public const string BytesWritten = "bytes-written";
    public const string DiskSerial = "disk-serial";
    public const string Refetched = "refetched";
    public const string RefetchedBlocks = "refetched-blocks";
    public const string TransferSeconds = "transfer-seconds";
}
