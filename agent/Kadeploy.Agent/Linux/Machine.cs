using System.Runtime.InteropServices;

namespace Kadeploy.Agent.Linux;

/// <summary>reboot(2) and sethostname(2).</summary>
internal static partial class Machine
{
    // LINUX_REBOOT_CMD_RESTART
    private const int Restart = 0x01234567;

    /// <summary>Restarts the machine at once, without writing anything out; returns the error number if the kernel declines.</summary>
    public static int RestartNow() => RebootCall(Restart) == 0 ? 0 : Libc.LastError;

    public static int SetHostName(string name) => SetHostNameCall(name, (nuint)System.Text.Encoding.UTF8.GetByteCount(name)) == 0 ? 0 : Libc.LastError;

    [LibraryImport("libc", EntryPoint = "reboot", SetLastError = true)]
    private static partial int RebootCall(int command);

    [LibraryImport("libc", EntryPoint = "sethostname", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetHostNameCall(string name, nuint length);
}
