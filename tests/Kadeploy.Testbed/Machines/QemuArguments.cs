using System.Globalization;

namespace Kadeploy.Testbed.Machines;

/// <summary>QEMU's command line for a node.</summary>
internal static class QemuArguments
{
    public const string Program = "/usr/bin/qemu-system-x86_64";
    public const string NetworkDevice = "nic0";
    public const string DiskDevice = "disk0";

    private const string UefiCode = "/usr/share/OVMF/OVMF_CODE_4M.fd";

    /// <summary>Empty flash for the variables of a machine with UEFI.</summary>
    public const string UefiVariables = "/usr/share/OVMF/OVMF_VARS_4M.fd";

    /// <param name="diskFirst">Start from the disk instead of the network.</param>
    public static IReadOnlyList<string> Build(MachineDefinition machine, string pidFile, bool diskFirst)
    {
        var node = machine.Node;
        return
        [
            "-name", node.Name,
            "-uuid", node.Uuid,
            "-smbios", $"type=1,manufacturer=Kadeploy,product=Testbed,serial={node.Serial}",
            // Its text output then goes to the serial port, the BIOS's included.
            "-machine", "pc,graphics=off",
            "-m", machine.MemoryMiB.ToString(CultureInfo.InvariantCulture),
            "-display", "none", "-vga", "none",
            "-nodefaults", "-no-user-config",
            .. Accelerator(machine.Kvm),
            "-chardev", $"socket,id=serial0,host=127.0.0.1,port={machine.SerialPort},server=on,wait=off,logfile={node.SerialLog},logappend=on",
            "-serial", "chardev:serial0",
            "-chardev", $"socket,id=qmp0,path={machine.QmpSocket},server=on,wait=off",
            "-mon", "chardev=qmp0,mode=control",
            "-netdev", $"tap,id=net0,ifname={machine.Tap},script=no,downscript=no",
            "-device", $"virtio-net-pci,id={NetworkDevice},netdev=net0,mac={node.Mac},bootindex={(diskFirst ? 2 : 1)}" + BootRom(node.Firmware),
            // What a virtual machine lost in a crash of the host does not matter; what the guest flushed is in the host's page cache.
            "-drive", $"file={node.Disk},if=none,id=drive0,format=raw,cache=unsafe,discard=unmap",
            "-device", $"virtio-blk-pci,id={DiskDevice},drive=drive0,serial={node.DiskSerial},bootindex={(diskFirst ? 1 : 2)}",
            // QEMU reports what is wrong with its arguments before it detaches; its parent then ends with an error.
            "-daemonize", "-pidfile", pidFile,
            .. Flash(machine.FirmwareVariables),
        ];
    }

    /// <summary>
    /// Emulation with one thread a virtual CPU; its cache of translated code is limited, or a guest of 512 MiB takes a GiB. rdrand
    /// saves mkfs and sfdisk 3-4 s of waiting for entropy.
    /// </summary>
    public static IReadOnlyList<string> Accelerator(bool kvm) => kvm
        ? ["-accel", "kvm", "-cpu", "host"]
        : ["-accel", "tcg,thread=multi,tb-size=64", "-cpu", "qemu64,+rdrand"];

    // SeaBIOS has no PXE of its own and needs the card's; UEFI has one, and with the card's iPXE out of the way it goes the long way by TFTP.
    private static string BootRom(Firmware firmware) => firmware == Firmware.Uefi ? ",romfile=" : "";

    private static IReadOnlyList<string> Flash(string? variables) => variables is null
        ? []
        :
        [
            "-drive", $"if=pflash,unit=0,format=raw,readonly=on,file={UefiCode}",
            "-drive", $"if=pflash,unit=1,format=raw,file={variables}",
        ];
}
