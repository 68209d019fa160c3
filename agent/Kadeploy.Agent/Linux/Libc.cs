using System.Runtime.InteropServices;

namespace Kadeploy.Agent.Linux;

/// <summary>The error number of the last failed call, and its text (errno(3), strerror(3)).</summary>
internal static class Libc
{
    public const int EPERM = 1;
    public const int ENOENT = 2;
    public const int EINTR = 4;
    public const int ECHILD = 10;
    public const int EBUSY = 16;
    public const int ENODEV = 19;
    public const int EINVAL = 22;

    public static int LastError => Marshal.GetLastPInvokeError();

    public static string Describe(int error) => $"{Marshal.GetPInvokeErrorMessage(error)} (errno {error})";
}
