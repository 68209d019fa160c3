using System.Globalization;
using System.Text;

namespace Kadeploy.Agent.Boot;

/// <summary>/boot/grub/kadeploy.cfg, for which the GRUB images of the initramfs look on the disk they were started from.</summary>
internal static class GrubConfig
{
    public const string Path = "/boot/grub/kadeploy.cfg";

    /// <param name="rootUuid">Of the root file system: another disk may have a file of this name too.</param>
    /// <param name="serial">The console of the installed system, where the menu is shown as well; null for the screen only.</param>
    public static string Text(string rootUuid, string kernel, string initrd, string kernelParameters, (int Unit, int Speed)? serial)
    {
        var text = new StringBuilder();
        text.Append("# Written by Kadeploy when this system was installed; the boot loader in the disk's boot area reads it.\n");
        if (serial is { } line)
            text.Append(CultureInfo.InvariantCulture,
                $"serial --unit={line.Unit} --speed={line.Speed}\nterminal_input serial console\nterminal_output serial console\n");
        text.Append("set timeout=0\nset default=0\n");
        text.Append(CultureInfo.InvariantCulture, $"search --no-floppy --fs-uuid --set=root {rootUuid}\n");
        text.Append("menuentry 'installed system' {\n");
        text.Append(CultureInfo.InvariantCulture, $"    linux {Quote(kernel)} {string.Join(' ', KernelCommandLine.Words(kernelParameters).Select(Quote))}\n");
        if (initrd.Length > 0)
            text.Append(CultureInfo.InvariantCulture, $"    initrd {Quote(initrd)}\n");
        return text.Append("}\n").ToString();
    }

    // GRUB's shell-like syntax (GRUB manual, "Quoting"): nothing is special inside single quotes.
    private static string Quote(string word) =>
        word.All(c => char.IsAsciiLetterOrDigit(c) || "/._-=:,+@%".Contains(c)) ? word : $"'{word.Replace("'", "'\\''")}'";
}
