using Kadeploy.Agent.Linux;
using Kadeploy.Agent.Steps;

namespace Kadeploy.Agent.Boot;

/// <summary>
/// Puts GRUB where UEFI looks on a disk without a boot entry: \EFI\BOOT\BOOTX64.EFI (UEFI 2.10, 3.5.1.1). No entry is made in the firmware's
/// memory: it would outlive the disk's contents, and the order of booting is the controller's.
/// </summary>
internal static class EfiPartition
{
    public static StepFailed? Install(string device, string mountPoint, byte[] loader)
    {
        Directory.CreateDirectory(mountPoint);
        var error = FileSystems.Mount(device, mountPoint, "vfat", 0);
        if (error != 0)
            return new StepFailed(error == Libc.ENODEV ? Party.Kernel : Party.Disk, "mount-failed",
                $"mount {device} at {mountPoint} as vfat: {Libc.Describe(error)}");
        try
        {
            Directory.CreateDirectory($"{mountPoint}/EFI/BOOT");
            using var file = new FileStream($"{mountPoint}/EFI/BOOT/BOOTX64.EFI", FileMode.Create, FileAccess.Write);
            file.Write(loader);
            file.Flush(flushToDisk: true);
        }
        catch (IOException exception)
        {
            return new StepFailed(Party.Disk, "boot-loader-failed", $"write /EFI/BOOT/BOOTX64.EFI on {device}: {exception.Message}");
        }
        finally
        {
            error = FileSystems.Unmount(mountPoint);
        }
        return error == 0 ? null : new StepFailed(Party.Agent, "target-busy", $"unmount {device}: {Libc.Describe(error)}");
    }
}
