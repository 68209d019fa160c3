using System.Diagnostics;
using Kadeploy.Agent.Tests;

namespace Kadeploy.Agent.Machine.Tests;

/// <summary>One run of QEMU, from power-on to power-off (a restart of the guest ends it), with its serial line in a file.</summary>
internal sealed class TestMachine : IDisposable
{
    private const string UefiCode = "/usr/share/OVMF/OVMF_CODE_4M.fd";
    private const string UefiVariables = "/usr/share/OVMF/OVMF_VARS_4M.fd";

    /// <summary>Emulated machines are slow, and not alone on this one.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    public const string Mac = "52:54:00:00:00:01";
    public const string DiskSerial = "disk-1";

    private readonly Process _process;
    private readonly string _serial;

    private TestMachine(Process process, string serial) => (_process, _serial) = (process, serial);

    public Stopwatch Running { get; } = Stopwatch.StartNew();

    /// <summary>Starts the deployment kernel directly.</summary>
    public static TestMachine StartDeployment(BootFiles boot, TemporaryFolder folder, string disk, bool uefi, string pin, string commandLine) =>
        Start(folder, disk, uefi, "-kernel", boot.Kernel, "-initrd", boot.Initramfs(pin, folder["initramfs"]), "-append", commandLine);

    /// <summary>Starts what is on the disk.</summary>
    public static TestMachine StartDisk(TemporaryFolder folder, string disk, bool uefi) => Start(folder, disk, uefi);

    private static TestMachine Start(TemporaryFolder folder, string disk, bool uefi, params string[] kernel)
    {
        var serial = folder[$"serial-{Guid.NewGuid():N}.log"];
        string[] flash = [];
        if (uefi)
        {
            File.Copy(UefiVariables, folder["vars.fd"], overwrite: true);
            flash = ["-drive", $"if=pflash,unit=0,format=raw,readonly=on,file={UefiCode}", "-drive", $"if=pflash,unit=1,format=raw,file={folder["vars.fd"]}"];
        }
        // rdrand: mkfs and sfdisk would wait seconds for entropy. No NIC ROM: the disk is what it boots from without a kernel.
        var start = new ProcessStartInfo("/usr/bin/qemu-system-x86_64",
        [
            "-accel", "tcg,thread=multi,tb-size=64", "-cpu", "qemu64,+rdrand", "-machine", "pc,graphics=off", "-m", "512",
            "-display", "none", "-vga", "none", "-nodefaults", "-no-user-config", "-no-reboot", "-serial", $"file:{serial}",
            "-netdev", "user,id=net0", "-device", $"virtio-net-pci,netdev=net0,mac={Mac},romfile=",
            "-drive", $"file={disk},if=none,id=drive0,format=raw,cache=unsafe", "-device", $"virtio-blk-pci,drive=drive0,serial={DiskSerial},bootindex=1",
            .. flash, .. kernel,
        ]);
        return new TestMachine(Process.Start(start)!, serial);
    }

    public string Serial => File.Exists(_serial) ? File.ReadAllText(_serial) : "";

    /// <summary>Waits for a text, and for another one behind it.</summary>
    public async Task SaysAsync(string text, string end = "") => await WaitAsync(
        () => Serial is var serial && serial.IndexOf(text, StringComparison.Ordinal) is >= 0 and var at && serial.AsSpan(at).Contains(end, StringComparison.Ordinal),
        $"'{text}'{(end.Length == 0 ? "" : $" and then '{end.Trim()}'")} on the serial line");

    public async Task EndsAsync() => await WaitAsync(() => _process.HasExited, "the machine to restart or power off");

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private async Task WaitAsync(Func<bool> condition, string what)
    {
        try
        {
            await Within.Patiently(condition, what, Patience);
        }
        catch (TimeoutException timeout)
        {
            throw new TimeoutException($"{timeout.Message}; the end of the serial line:\n{Serial[Math.Max(0, Serial.Length - 3000)..]}");
        }
    }
}
