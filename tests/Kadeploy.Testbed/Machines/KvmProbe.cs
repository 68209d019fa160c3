using Kadeploy.Testbed.Processes;

namespace Kadeploy.Testbed.Machines;

/// <summary>
/// Whether KVM works here. That /dev/kvm is there does not say so: where it is emulated itself, a kernel takes minutes to unpack or QEMU
/// aborts. So a kernel is started under it, and what it says within seconds decides.
/// </summary>
internal static class KvmProbe
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);

    /// <param name="kernel">Kernel to start; its first message on the serial port is the proof.</param>
    /// <param name="cacheFolder">Where the answer is kept for this start of the host.</param>
    public static bool Works(string kernel, string cacheFolder)
    {
        if (!File.Exists("/dev/kvm"))
            return false;
        var bootId = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
        var cache = Path.Combine(cacheFolder, "kvm-" + bootId);
        if (!File.Exists(cache))
        {
            Directory.CreateDirectory(cacheFolder);
            File.WriteAllText(cache, Try(kernel, cacheFolder) ? "works" : "does not work");
        }

        return File.ReadAllText(cache) == "works";
    }

    private static bool Try(string kernel, string folder)
    {
        var serial = Path.Combine(folder, "kvm-probe.serial");
        var record = Path.Combine(folder, "kvm-probe.process");
        File.Delete(serial);
        ProcessIdentity process;
        try
        {
            process = Daemon.Start(record, Path.Combine(folder, "kvm-probe.log"), QemuArguments.Program,
            [
                .. QemuArguments.Accelerator(kvm: true), "-machine", "pc,graphics=off", "-m", "256", "-display", "none", "-nodefaults",
                "-serial", "file:" + serial, "-kernel", kernel, "-append", "console=ttyS0 panic=-1", "-no-reboot",
            ]);
        }
        catch (TestbedException)
        {
            return false;
        }

        try
        {
            return Wait.Until(() => !process.IsAlive || Says(serial, "Linux version"), Patience) && Says(serial, "Linux version");
        }
        finally
        {
            Signals.Stop(process, TimeSpan.Zero);
        }
    }

    private static bool Says(string serial, string text) =>
        File.Exists(serial) && File.ReadAllText(serial).Contains(text, StringComparison.Ordinal);
}
