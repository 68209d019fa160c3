using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Kadeploy.Agent.Linux;

/// <summary>
/// Hears what switches say of themselves: packet(7), EtherType 0x88CC, sent to 01-80-C2-00-00-0E, which no bridge passes on (IEEE 802.1AB, 7.1).
/// </summary>
internal sealed unsafe partial class LldpSocket : IDisposable
{
    public const int EtherType = 0x88CC;
    private const int Packet = 17, Raw = 3, PacketOptions = 263, AddMembership = 1, Outgoing = 4, LargestFrame = 2048;
    private readonly int _descriptor;

    private LldpSocket(int descriptor) => _descriptor = descriptor;

    /// <summary>Null when the kernel does not give it: it needs CAP_NET_RAW.</summary>
    public static LldpSocket? Open()
    {
        var descriptor = Socket(Packet, Raw | Descriptors.CloseOnExec, BinaryPrimitives.ReverseEndianness((ushort)EtherType));
        return descriptor < 0 ? null : new LldpSocket(descriptor);
    }

    /// <summary>Has an interface take frames to that address; one that takes them anyway may refuse.</summary>
    public void Join(int index)
    {
        // struct packet_mreq: index, type (multicast is 0), length of the address, address.
        var request = stackalloc byte[16] { 0, 0, 0, 0, 0, 0, 6, 0, 0x01, 0x80, 0xC2, 0x00, 0x00, 0x0E, 0, 0 };
        *(int*)request = index;
        _ = SetOption(_descriptor, PacketOptions, AddMembership, request, 16);
    }

    /// <summary>Blocks for the next frame that came in, and says at which interface; null when the socket is gone.</summary>
    public (int Interface, byte[] Frame)? Next()
    {
        var buffer = stackalloc byte[LargestFrame];
        // struct sockaddr_ll: family, protocol, index at 4, hardware type at 8, packet type at 10.
        var from = stackalloc byte[20];
        while (true)
        {
            var length = 20u;
            var count = Receive(_descriptor, buffer, LargestFrame, 0, from, &length);
            if (count < 0 && Libc.LastError is not (Libc.EINTR or 100)) // ENETDOWN: one interface went down, the others are still heard
                return null;
            if (count > 0 && from[10] != Outgoing)
                return (*(int*)(from + 4), new ReadOnlySpan<byte>(buffer, (int)count).ToArray());
        }
    }

    public void Dispose() => _ = Descriptors.Close(_descriptor);

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int Socket(int domain, int kind, int protocol);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    private static partial int SetOption(int descriptor, int level, int option, byte* value, uint length);

    [LibraryImport("libc", EntryPoint = "recvfrom", SetLastError = true)]
    private static partial nint Receive(int descriptor, byte* buffer, nuint length, int flags, byte* from, uint* fromLength);
}
