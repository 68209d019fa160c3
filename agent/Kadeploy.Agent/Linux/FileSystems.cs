using System.Runtime.InteropServices;

namespace Kadeploy.Agent.Linux;

/// <summary>mount(2), umount2(2) and sync(2). Each call that may fail returns 0 or the error number.</summary>
internal static partial class FileSystems
{
    public const ulong ReadOnly = 1;
    public const ulong NoSetUid = 2;
    public const ulong NoDevices = 4;
    public const ulong NoExecute = 8;
    public const ulong NoAccessTime = 1024;
    public const ulong Bind = 4096;
    public const int Detach = 2;

    public static int Mount(string source, string target, string? kind, ulong flags, string? data = null) =>
        MountCall(source, target, kind, (nuint)flags, data) == 0 ? 0 : Libc.LastError;

    public static int Unmount(string target, int flags = 0) => Umount2(target, flags) == 0 ? 0 : Libc.LastError;

    /// <summary>Returns when all file systems and block devices were written out.</summary>
    [LibraryImport("libc", EntryPoint = "sync")]
    public static partial void Sync();

    [LibraryImport("libc", EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MountCall(string source, string target, string? kind, nuint flags, string? data);

    [LibraryImport("libc", EntryPoint = "umount2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Umount2(string target, int flags);
}
