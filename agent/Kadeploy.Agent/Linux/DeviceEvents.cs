using System.Runtime.InteropServices;
using System.Text;

namespace Kadeploy.Agent.Linux;

/// <summary>The kernel's own device events: netlink(7), NETLINK_KOBJECT_UEVENT, what udev would listen to.</summary>
internal sealed unsafe partial class DeviceEvents : IDisposable
{
    private const int Netlink = 16;
    private const int Datagram = 2;
    private const int KernelEvents = 15;
    private const int LargestMessage = 8192;

    private readonly int _descriptor;

    private DeviceEvents(int descriptor) => _descriptor = descriptor;

    /// <summary>Null when the kernel does not give them.</summary>
    public static DeviceEvents? Open()
    {
        var descriptor = Socket(Netlink, Datagram | Descriptors.CloseOnExec, KernelEvents);
        if (descriptor < 0)
            return null;
        // struct sockaddr_nl: family, padding, port 0 (the kernel chooses), group 1 (events as the kernel sends them).
        var address = stackalloc byte[12];
        new Span<byte>(address, 12).Clear();
        *(ushort*)address = Netlink;
        *(uint*)(address + 8) = 1;
        if (Bind(descriptor, address, 12) == 0)
            return new DeviceEvents(descriptor);
        _ = Descriptors.Close(descriptor);
        return null;
    }

    /// <summary>Blocks for the next event: "add@/devices/..." and then NAME=value strings; null when the socket is gone.</summary>
    public IReadOnlyList<string>? Next()
    {
        var buffer = stackalloc byte[LargestMessage];
        while (true)
        {
            var count = Receive(_descriptor, buffer, LargestMessage, 0);
            if (count > 0)
                return Encoding.UTF8.GetString(buffer, (int)count).Split('\0', StringSplitOptions.RemoveEmptyEntries);
            // ENOBUFS (105): events were lost, the next one is still good.
            if (count == 0 || Libc.LastError is not (Libc.EINTR or 105))
                return null;
        }
    }

    public void Dispose() => _ = Descriptors.Close(_descriptor);

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int Socket(int domain, int kind, int protocol);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    private static partial int Bind(int descriptor, byte* address, uint length);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint Receive(int descriptor, byte* buffer, nuint length, int flags);
}
