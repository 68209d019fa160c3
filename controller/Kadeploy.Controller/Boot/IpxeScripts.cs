using System.Globalization;
using System.Text;

namespace Kadeploy.Controller.Boot;

/// <summary>
/// The iPXE scripts that machines are given. Everything put into them is checked where it enters the controller (names, parameters) or made here:
/// a line break in a value would be a command.
/// </summary>
internal static class IpxeScripts
{
    /// <summary>
    /// First script of every machine: asks for its own. It asks again when that fails, because an iPXE that finds nothing to boot halts until
    /// someone cycles the power; but not for ever, because a node whose controller is away should boot its disk.
    /// </summary>
    /// <param name="authority">Host and port of the boot listener.</param>
    public static string First(string authority) => Lines(
        "#!ipxe",
        "set attempt:int32 0",
        ":ask",
        $"chain --autofree http://{authority}/node.ipxe?mac=${{net0/mac}}&uuid=${{uuid}}&serial=${{serial:uristring}}&platform=${{platform}} && exit ||",
        "inc attempt",
        "iseq ${attempt} 5 && goto disk ||",
        "echo No answer from the controller, asking again",
        "sleep 3",
        "goto ask",
        ":disk",
        "iseq ${platform} pcbios && sanboot --no-describe --drive 0x80 ||",
        "exit 1");

    /// <summary>Boots the deployment environment. The token in it is used up by the agent's first call; the script itself is served once.</summary>
    /// <param name="authority">Host and port of the boot listener.</param>
    /// <param name="agents">Host and port of the agents' listener.</param>
    /// <param name="mac">The interface that booted.</param>
    /// <param name="token">The agent's token, or null for a machine that only enrols.</param>
    /// <param name="parameters">The site's further kernel parameters.</param>
    public static string Deployment(string authority, string agents, string mac, string? token, string parameters)
    {
        var line = KernelLine(agents, mac, token, parameters);
        return Lines(
            "#!ipxe",
            "set tries:int32 0",
            ":fetch",
            "imgfree",
            // initrd= is how the kernel's EFI stub finds it; BIOS ignores it.
            $"kernel http://{authority}/vmlinuz initrd=initramfs {line} || goto again",
            $"initrd --name initramfs http://{authority}/initramfs || goto again",
            "boot || goto again",
            ":again",
            "inc tries",
            "iseq ${tries} 3 && exit 1 ||",
            "sleep 2",
            "goto fetch");
    }

    /// <summary>What the deployment environment is told on its kernel line.</summary>
    public static string KernelLine(string agents, string mac, string? token, string parameters)
    {
        var line = new StringBuilder().Append(CultureInfo.InvariantCulture, $"kadeploy.controller={agents}");
        if (token is not null)
            line.Append(CultureInfo.InvariantCulture, $" kadeploy.token={token}");
        line.Append(CultureInfo.InvariantCulture, $" kadeploy.mac={mac} console=tty0 console=ttyS0,115200 panic=30");
        if (parameters.Length > 0)
            line.Append(' ').Append(parameters);
        return line.ToString();
    }

    /// <summary>Boots the disk of a BIOS machine.</summary>
    public static string DiskByBios() => Lines("#!ipxe", "sanboot --no-describe --drive 0x80 || exit 1");

    /// <summary>
    /// Boots the disk of a UEFI machine through a small GRUB that looks for the installed loader: under OVMF and others, leaving iPXE
    /// does not go on to the disk.
    /// </summary>
    public static string DiskByUefi(string authority) => Lines("#!ipxe", $"chain http://{authority}/localboot.efi || exit 1");

    private static string Lines(params string[] lines) => string.Join('\n', lines) + "\n";
}
