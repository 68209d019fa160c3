using System.Runtime.InteropServices;
using System.Text;

namespace Kadeploy.Agent.Linux;

/// <summary>Brings network interfaces up: netdevice(7), SIOCGIFFLAGS and SIOCSIFFLAGS.</summary>
internal static unsafe partial class NetworkLinks
{
    private const int Internet = 2;
    private const int Datagram = 2;
    private const uint GetFlags = 0x8913;
    private const uint SetFlags = 0x8914;
    private const short Up = 1;

    /// <summary>0 or the error number.</summary>
    public static int BringUp(string name)
    {
        var descriptor = Socket(Internet, Datagram | Descriptors.CloseOnExec, 0);
        if (descriptor < 0)
            return Libc.LastError;
        try
        {
            // struct ifreq: 16 bytes of name, then a union of 24 that starts with the flags.
            var request = stackalloc byte[40];
            if (Encoding.ASCII.GetByteCount(name) > 15)
                return Libc.EINVAL;
            Encoding.ASCII.GetBytes(name, new Span<byte>(request, 15));
            if (Control(descriptor, GetFlags, request) != 0)
                return Libc.LastError;
            *(short*)(request + 16) |= Up;
            return Control(descriptor, SetFlags, request) == 0 ? 0 : Libc.LastError;
        }
        finally
        {
            _ = Descriptors.Close(descriptor);
        }
    }

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int Socket(int domain, int kind, int protocol);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Control(int descriptor, nuint request, byte* argument);
}
