namespace Kadeploy.Agent.Processes;

/// <summary>Where the programs are. /usr first: /bin and /sbin of the initramfs hold busybox's applets of the same names.</summary>
internal static class Tools
{
    private static readonly string[] Folders = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];

    public static string Sfdisk { get; } = Find("sfdisk");
    public static string Wipefs { get; } = Find("wipefs");
    public static string Blkid { get; } = Find("blkid");
    public static string MakeSwap { get; } = Find("mkswap");
    public static string MakeFat { get; } = Find("mkfs.vfat");
    public static string Tar { get; } = Find("tar");
    public static string Kexec { get; } = Find("kexec");
    public static string Partx { get; } = Find("partx");
    public static string Chroot { get; } = Find("chroot");
    public static string Modprobe { get; } = Find("modprobe");
    public static string Shell { get; } = Find("sh");
    public static string BusyBox { get; } = Find("busybox");

    /// <summary>mkfs.ext4 is one program that acts by the name it was called with; the initramfs has it once.</summary>
    public static string MakeExt { get; } = Find("mkfs.ext4");

    /// <summary>The first that exists; else where Debian would have it, so that the failure names a path.</summary>
    public static string Find(string name)
    {
        foreach (var folder in Folders)
            if (File.Exists($"{folder}/{name}"))
                return $"{folder}/{name}";
        return $"/usr/sbin/{name}";
    }
}
