using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Kadeploy.Transfer;

/// <summary>The few system calls the base library does not offer in the form needed.</summary>
internal static partial class Native
{
    private const int SockStream = 1, SockCloexec = 0x80000, SolSocket = 1, SoSndTimeo = 21, AfInet = 2, AfInet6 = 10;
    public const int Refused = 111, NoRoute = 113, NetUnreachable = 101, Reset = 104;

    /// <summary>
    /// A connected socket in blocking mode, or the errno. connect(2) is bounded by SO_SNDTIMEO (socket(7)); the base library's own ways to
    /// bound it leave the descriptor non-blocking, and then every receive costs an epoll round.
    /// </summary>
    public static unsafe Socket? Connect(IPEndPoint to, int milliseconds, out int errno)
    {
        var six = to.AddressFamily == AddressFamily.InterNetworkV6;
        var fd = socket(six ? AfInet6 : AfInet, SockStream | SockCloexec, 0);
        if (fd < 0)
        {
            errno = Marshal.GetLastPInvokeError();
            return null;
        }
        Span<long> timeout = [milliseconds / 1000, milliseconds % 1000 * 1000];
        fixed (long* t = timeout)
            _ = setsockopt(fd, SolSocket, SoSndTimeo, t, 16);
        var address = to.Serialize();
        int result;
        fixed (byte* a = address.Buffer.Span)
            do
                result = connect(fd, a, address.Size);
            while (result < 0 && Marshal.GetLastPInvokeError() == 4); // EINTR
        errno = result < 0 ? Marshal.GetLastPInvokeError() : 0;
        if (errno != 0)
        {
            _ = close(fd);
            return null;
        }
        return new Socket(new SafeSocketHandle(fd, ownsHandle: true)) { NoDelay = true, SendTimeout = 0 };
    }

    /// <summary>send(2) with MSG_DONTWAIT | MSG_NOSIGNAL; 0 when nothing could be sent.</summary>
    public static unsafe int SendWithoutWaiting(SafeHandle socket, ReadOnlySpan<byte> data)
    {
        fixed (byte* p = data)
            return (int)Math.Max(0, send(socket, p, data.Length, 0x4040));
    }

    /// <summary>Size of a file or block device by lseek(2) to its end; stat(2) says 0 for devices.</summary>
    public static long SizeOf(SafeHandle file)
    {
        var size = lseek(file, 0, 2);
        _ = lseek(file, 0, 0);
        return size;
    }

    /// <summary>
    /// fallocate(2), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE: on a block device the range reads as zeros afterwards, and the kernel writes no zeros
    /// itself to make it so. False when the device cannot do that.
    /// </summary>
    public static bool PunchHole(SafeHandle file, long offset, long length) => fallocate(file, 3, offset, length) == 0;

    /// <summary>fcntl(2) F_SETPIPE_SZ; failure leaves the pipe as it was.</summary>
    public static void SetPipeSize(SafeHandle pipe, int bytes) => _ = fcntl(pipe, 1031, bytes);

    /// <summary>sync_file_range(2) with SYNC_FILE_RANGE_WRITE: starts writing, waits for nothing. A hint: failure does not matter.</summary>
    public static void StartWriteback(SafeHandle file, long offset, long length) => _ = sync_file_range(file, offset, length, 2);

    /// <summary>syncfs(2) on the file system that holds a directory; throws <see cref="IOException"/>.</summary>
    public static void SyncFileSystem(string directory)
    {
        var fd = open(directory, 0x90000); // O_DIRECTORY | O_CLOEXEC
        var result = fd < 0 ? -1 : syncfs(fd);
        var errno = Marshal.GetLastPInvokeError();
        if (fd >= 0)
            _ = close(fd);
        if (result != 0)
            throw new IOException($"syncfs {directory}: {Marshal.GetPInvokeErrorMessage(errno)}");
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int sync_file_range(SafeHandle fd, long offset, long length, uint flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fallocate(SafeHandle fd, int mode, long offset, long length);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int syncfs(int fd);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int socket(int domain, int type, int protocol);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial int connect(int fd, byte* address, int length);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial int setsockopt(int fd, int level, int name, void* value, int length);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial nint send(SafeHandle socket, byte* data, nint length, int flags);

    [LibraryImport("libc")]
    private static partial int close(int fd);

    [LibraryImport("libc", SetLastError = true)]
    private static partial long lseek(SafeHandle fd, long offset, int whence);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fcntl(SafeHandle fd, int command, int argument);
}
