namespace Kadeploy.Controller.Power;

/// <summary>What a BMC is asked for.</summary>
internal enum PowerCommand
{
    /// <summary>On or off?</summary>
    Status,

    /// <summary>Power up; nothing happens to a node that is on.</summary>
    On,

    /// <summary>Power down at once.</summary>
    Off,

    /// <summary>Ask the operating system to shut down (ACPI); it may refuse.</summary>
    SoftOff,

    /// <summary>Off and on again; a node that is off is powered up.</summary>
    Cycle,

    /// <summary>Hard reset; a node that is off is powered up.</summary>
    Reset,

    /// <summary>Boot from the network next time, once.</summary>
    BootPxe,

    /// <summary>Boot from the disk next time, once.</summary>
    BootDisk,
}
