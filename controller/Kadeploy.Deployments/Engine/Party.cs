namespace Kadeploy.Deployments.Engine;

/// <summary>Who is at fault when a node fails.</summary>
public enum Party
{
    /// <summary>kadeployd itself.</summary>
    Controller,

    /// <summary>The node's baseboard management controller.</summary>
    Bmc,

    /// <summary>Firmware, PXE, DHCP: what happens between power and kernel.</summary>
    Firmware,

    /// <summary>The network between controller and node.</summary>
    Network,

    /// <summary>The deployment environment on the node.</summary>
    Agent,

    /// <summary>The node's disk.</summary>
    Disk,

    /// <summary>The image itself.</summary>
    Image,

    /// <summary>Another node of the chain.</summary>
    Peer,

    /// <summary>A script of the user or of the site.</summary>
    Script,

    /// <summary>The installed system.</summary>
    InstalledSystem,

    /// <summary>Whoever asked: cancelled, taken over, not allowed.</summary>
    User,
}
