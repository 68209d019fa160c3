using System.Net;

namespace Kadeploy.TestSupport;

/// <summary>
/// Addresses of loopback (127.0.0.0/8) that are one test's own: a port that is let go there for a restart, or chosen for a program that is yet to start, is
/// given to nobody else meanwhile. One of 127.0.0.1 may be.
/// </summary>
public static class OwnAddress
{
    private static int _count;

    /// <summary>The next one; they come again after 250, and other processes have others.</summary>
    public static IPAddress Next() => new(
        [127, (byte)(192 + (Environment.ProcessId >> 8 & 0x3f)), (byte)Environment.ProcessId, (byte)(1 + (uint)Interlocked.Increment(ref _count) % 250)]);
}
