namespace Kadeploy.FleetAgents;

/// <summary>What is wrong with a simulated machine.</summary>
internal enum Fault
{
    None,

    /// <summary>Its firmware hangs after every reset.</summary>
    NeverBoots,

    /// <summary>It crashes whenever its disk is formatted, and does not come back by itself.</summary>
    DiesInAStep,

    /// <summary>Its disk cannot be partitioned.</summary>
    DiskError,

    /// <summary>Its BMC takes requests and never answers.</summary>
    DeafBmc,

    /// <summary>Its first boot takes longer than the controller waits; the second is like everybody's.</summary>
    SlowAtFirst,

    /// <summary>Whatever is installed, it starts the system it had before, which reports nothing.</summary>
    BootsOldSystem,
}
