using System.Runtime.InteropServices;

namespace Kadeploy.Agent.Linux;

/// <summary>Calls on raw file descriptors: open(2), close(2), dup2(2), pipe2(2), read(2), write(2), poll(2).</summary>
internal static unsafe partial class Descriptors
{
    public const int OpenRead = 0;
    public const int OpenWrite = 1;
    public const int OpenReadWrite = 2;
    public const int Create = 0x40;
    public const int Truncate = 0x200;
    public const int NoControllingTerminal = 0x100;
    public const int CloseOnExec = 0x80000;
    public const short PollIn = 1;

    [StructLayout(LayoutKind.Sequential)]
    public struct PollRequest
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "dup2", SetLastError = true)]
    public static partial int Duplicate(int from, int to);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int descriptor, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int descriptor, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(PollRequest* requests, nuint count, int milliseconds);

    /// <summary>Both ends close when another program is started in this one's place.</summary>
    public static (int Read, int Write) Pipe()
    {
        var ends = stackalloc int[2];
        return PipeCall(ends, CloseOnExec) == 0
            ? (ends[0], ends[1])
            : throw new IOException($"pipe2: {Libc.Describe(Libc.LastError)}");
    }

    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    private static partial int PipeCall(int* ends, int flags);
}
