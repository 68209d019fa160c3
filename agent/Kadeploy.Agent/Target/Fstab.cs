using System.Text;

namespace Kadeploy.Agent.Target;

/// <summary>/etc/fstab, fstab(5): the disk's own file systems by UUID; what the image says about others stays.</summary>
internal static class Fstab
{
    /// <param name="present">The image's, which may name the disks of the machine that it was made on.</param>
    /// <param name="swaps">UUIDs of swap partitions.</param>
    /// <param name="esp">UUID of the EFI system partition; empty for none.</param>
    public static string Text(string present, string rootUuid, string rootKind, IReadOnlyList<string> swaps, string esp)
    {
        var text = new StringBuilder("# Written by Kadeploy when this system was installed.\n");
        text.Append($"UUID={rootUuid} / {rootKind} {(rootKind.StartsWith("ext", StringComparison.Ordinal) ? "errors=remount-ro" : "defaults")} 0 1\n");
        foreach (var swap in swaps)
            text.Append($"UUID={swap} none swap sw 0 0\n");
        // nofail: the system runs without it; only its boot loader's next update does not.
        if (esp.Length > 0)
            text.Append($"UUID={esp} /boot/efi vfat umask=0077,nofail 0 1\n");
        foreach (var line in present.Split('\n').Where(Stays))
            text.Append(line.TrimEnd()).Append('\n');
        return text.ToString();
    }

    private static bool Stays(string line)
    {
        var fields = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        return fields.Length >= 3
            && !fields[0].StartsWith('#')
            && fields[1] is not ("/" or "/boot/efi")
            && fields[2] != "swap"
            && !new[] { "/dev/", "UUID=", "LABEL=", "PARTUUID=", "PARTLABEL=", "ID=" }.Any(prefix => fields[0].StartsWith(prefix, StringComparison.Ordinal));
    }
}
