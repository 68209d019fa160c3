using Kadeploy.Testbed.Processes;

namespace Kadeploy.Testbed.Machines;

/// <summary>A node's machine: a QEMU process while it is switched on, a file that defines it while it is off.</summary>
internal sealed class VirtualMachine(ClusterPaths paths, string node)
{
    private string Record => paths.Process("qemu-" + node);

    public bool IsOn => Daemon.Recall(Record) is not null;

    /// <summary>
    /// What the next start begins with, once: "pxe", "default" (the disk) or null for the machine's own order, network first. A
    /// restart by the guest itself keeps the order of the last power command.
    /// </summary>
    public string? BootOverride
    {
        get => File.Exists(paths.BootOverride(node)) ? File.ReadAllText(paths.BootOverride(node)) : null;
        set
        {
            if (value is null)
                File.Delete(paths.BootOverride(node));
            else
                File.WriteAllText(paths.BootOverride(node), value);
        }
    }

    public void PowerOn()
    {
        if (IsOn)
            return;
        var definition = TestbedJson.Read(paths.Machine(node), TestbedJson.Default.MachineDefinition)
            ?? throw new TestbedException($"{paths.Machine(node)} is missing: is the cluster being removed?");
        var pidFile = Record + ".pid";
        File.Delete(pidFile);
        HostCommand.Run(QemuArguments.Program, QemuArguments.Build(definition, pidFile, TakeDiskFirst()));
        if (Daemon.Remember(Record, pidFile) is null)
            throw new TestbedException($"QEMU of {node} ended at once");
    }

    /// <summary>Pulls the plug.</summary>
    public void PowerOff()
    {
        if (Daemon.Recall(Record) is { } process)
            Signals.Stop(process, TimeSpan.Zero);
        File.Delete(Record);
    }

    public void Reset()
    {
        if (!IsOn)
            throw new TestbedException($"{node} is off: nothing to reset");
        var diskFirst = TakeDiskFirst();
        using var qmp = new QmpClient(paths.Qmp(node));
        // Two devices may not have the same index, not even for a moment.
        qmp.SetBootIndex(QemuArguments.NetworkDevice, -1);
        qmp.SetBootIndex(QemuArguments.DiskDevice, -1);
        qmp.SetBootIndex(QemuArguments.NetworkDevice, diskFirst ? 2 : 1);
        qmp.SetBootIndex(QemuArguments.DiskDevice, diskFirst ? 1 : 2);
        qmp.Execute("system_reset");
    }

    /// <summary>Presses the power button; what follows is up to the guest.</summary>
    public void AskToShutDown()
    {
        if (!IsOn)
            return;
        using var qmp = new QmpClient(paths.Qmp(node));
        qmp.Execute("system_powerdown");
    }

    private bool TakeDiskFirst()
    {
        var diskFirst = BootOverride == "default";
        BootOverride = null;
        return diskFirst;
    }
}
