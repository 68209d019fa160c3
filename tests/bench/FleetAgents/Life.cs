namespace Kadeploy.FleetAgents;

/// <summary>How long things take on one simulated machine, and what is wrong with it.</summary>
/// <param name="Fault">What is wrong.</param>
/// <param name="Firmware">From reset to iPXE's first question.</param>
/// <param name="Kernel">From iPXE's answer to the agent's first word, or to the installed system's.</param>
/// <param name="Image">Receiving and writing the image, which is not sent: only the order and its result are real.</param>
/// <param name="Step">Every other step of the agent's.</param>
internal sealed record Life(Fault Fault, TimeSpan Firmware, TimeSpan Kernel, TimeSpan Image, TimeSpan Step)
{
    // What a plan asks of an agent beside the image: partition, format, mount; configure, check files, boot loader, sync; unmount, reboot.
    private const int StepsBeforeImage = 3;
    private const int StepsAfterImage = 6;

    private TimeSpan Boot => Firmware + Kernel;

    /// <summary>What the machine needs alone, on a controller that costs nothing: its own waits, and the deadlines that its fault uses up.</summary>
    /// <param name="limits">The controller's patience.</param>
    public TimeSpan Alone(Limits limits)
    {
        var healthy = Boot + (StepsBeforeImage * Step) + Image + (StepsAfterImage * Step) + Boot;
        return Fault switch
        {
            Fault.NeverBoots => 2 * limits.WaitReboot,
            Fault.DiesInAStep => 2 * (Boot + (2 * Step) + limits.AgentGrace),
            Fault.DiskError => 2 * (Boot + Step),
            Fault.DeafBmc => 2 * limits.BmcTimeout,
            Fault.SlowAtFirst => limits.WaitReboot + healthy,
            Fault.BootsOldSystem => healthy - Boot + (2 * limits.WaitReboot),
            _ => healthy,
        };
    }
}
