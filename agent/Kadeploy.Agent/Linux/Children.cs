using System.Runtime.InteropServices;

namespace Kadeploy.Agent.Linux;

/// <summary>
/// posix_spawn(3), waitpid(2), kill(2), pidfd_open(2). System.Diagnostics.Process cannot put a child into a process group of its own, and
/// without that a deadline kills the shell and leaves what the shell started.
/// </summary>
internal static unsafe partial class Children
{
    public const int Kill = 9;
    public const int Terminate = 15;

    private const short SetProcessGroup = 0x02;
    private const short SetDefaultSignals = 0x04;
    private const short SetSignalMask = 0x08;
    private const short SetSession = 0x80;

    // posix_spawnattr_t has 336 and posix_spawn_file_actions_t 80 bytes in glibc's x86-64 ABI.
    private const int OpaqueBytes = 512;

    /// <summary>Starts a program with default signals, in a process group (or session) of its own.</summary>
    /// <param name="process">Its id, when the result is 0.</param>
    /// <returns>0 or the error number, ENOENT for a program that is not there.</returns>
    public static int Start(
        string file, IReadOnlyList<string> arguments, IReadOnlyList<string> environment, string? folder,
        int input, int output, int error, bool ownSession, out int process)
    {
        var actions = stackalloc byte[OpaqueBytes];
        var attributes = stackalloc byte[OpaqueBytes];
        var signals = stackalloc byte[128];
        _ = ActionsInit(actions);
        _ = AttributesInit(attributes);
        var argv = Vector([file, .. arguments]);
        var envp = Vector(environment);
        process = 0;
        try
        {
            _ = AttributesMask(attributes, signals);
            // .NET ignores SIGPIPE, and an ignored signal is inherited: `yes | head` would never end.
            new Span<byte>(signals, 8).Fill(0xff);
            _ = AttributesDefault(attributes, signals);
            _ = AttributesFlags(attributes, (short)(SetDefaultSignals | SetSignalMask | (ownSession ? SetSession : SetProcessGroup)));
            if (folder is not null)
                _ = ActionsFolder(actions, folder);
            _ = ActionsDuplicate(actions, input, 0);
            _ = ActionsDuplicate(actions, output, 1);
            _ = ActionsDuplicate(actions, error, 2);
            int id;
            var failure = Spawn(&id, file, actions, attributes, argv, envp);
            process = failure == 0 ? id : 0;
            return failure;
        }
        finally
        {
            Free(argv);
            Free(envp);
            _ = ActionsDestroy(actions);
            _ = AttributesDestroy(attributes);
        }
    }

    /// <summary>Waits for one child (or any, with -1); false when there is none.</summary>
    public static bool Wait(int process, out int ended, out int status)
    {
        int state;
        while ((ended = WaitCall(process, &state, 0)) < 0 && Libc.LastError == Libc.EINTR)
        {
        }
        status = state;
        return ended > 0;
    }

    /// <summary>waitpid(2)'s status as a shell gives it: the exit code, or 128 + the signal.</summary>
    public static int ExitCode(int status) => (status & 0x7f) == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f);

    /// <summary>Negative: the whole process group.</summary>
    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Signal(int process, int signal);

    /// <summary>A descriptor that becomes readable when the process ends.</summary>
    [LibraryImport("libc", EntryPoint = "pidfd_open", SetLastError = true)]
    public static partial int OpenProcess(int process, uint flags);

    private static byte** Vector(IReadOnlyList<string> values)
    {
        var vector = (byte**)NativeMemory.Alloc((nuint)(values.Count + 1), (nuint)sizeof(byte*));
        for (var i = 0; i < values.Count; i++)
            vector[i] = (byte*)Marshal.StringToCoTaskMemUTF8(values[i]);
        vector[values.Count] = null;
        return vector;
    }

    private static void Free(byte** vector)
    {
        for (var item = vector; *item is not null; item++)
            Marshal.FreeCoTaskMem((nint)(*item));
        NativeMemory.Free(vector);
    }

    [LibraryImport("libc", EntryPoint = "posix_spawn", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Spawn(int* process, string file, byte* actions, byte* attributes, byte** argv, byte** envp);

    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    private static partial int WaitCall(int process, int* status, int options);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    private static partial int ActionsInit(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    private static partial int ActionsDestroy(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    private static partial int ActionsDuplicate(byte* actions, int from, int to);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addchdir_np", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ActionsFolder(byte* actions, string folder);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    private static partial int AttributesInit(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    private static partial int AttributesDestroy(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    private static partial int AttributesFlags(byte* attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    private static partial int AttributesDefault(byte* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    private static partial int AttributesMask(byte* attributes, byte* signals);
}
