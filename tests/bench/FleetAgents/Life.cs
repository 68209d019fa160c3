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

    // SetDeploymentEnvUntrusted and its two retries; BootNewEnvClassical and, after it, BootNewEnvHardReboot.
    private const int TriesToStart = 3;
    private const int TriesToFinish = 2;

    // Choosing the boot device at each level of each try: hard and very_hard, since nothing answers softly; hard and very_hard; very_hard.
    private const int QuestionsToABmc = 5;

    private TimeSpan Boot => Firmware + Kernel;

    /// <summary>What the machine needs alone, on a controller that costs nothing: its own waits, and the deadlines that its fault uses up.</summary>
    /// <param name="limits">The controller's patience.</param>
    public TimeSpan Alone(Limits limits)
    {
        var healthy = Boot + (StepsBeforeImage * Step) + Image + (StepsAfterImage * Step) + Boot;
        return Fault switch
        {
            Fault.NeverBoots => TriesToStart * limits.WaitReboot,
            Fault.DiesInAStep => TriesToStart * (Boot + (2 * Step) + limits.AgentGrace),
            Fault.DiskError => TriesToStart * (Boot + Step),
            Fault.DeafBmc => QuestionsToABmc * limits.BmcTimeout,
            Fault.SlowAtFirst => limits.WaitReboot + healthy,
            Fault.BootsOldSystem => healthy - Boot + (TriesToFinish * limits.WaitReboot),
            _ => healthy,
        };
    }
}
