using System.Diagnostics;
using System.Globalization;

namespace Kadeploy.Controller.Storage;

/// <summary>
/// Ends kadeployd as SIGKILL does after the n-th write of the journal, <c>KADEPLOYD_EXIT_AT_WRITE=n</c>: how build/bench crash and the tests show that
/// every such moment is survived. It can do nothing else.
/// </summary>
internal sealed class CrashPoint(int at)
{
    private int _written;

    /// <summary>Never, when the variable is not set.</summary>
    public static CrashPoint FromEnvironment() => new(
        int.TryParse(Environment.GetEnvironmentVariable("KADEPLOYD_EXIT_AT_WRITE"), NumberStyles.None, CultureInfo.InvariantCulture, out var at) ? at : 0);

    /// <summary>A write is on the disk, and nothing that follows from it was done.</summary>
    public void Pass()
    {
        if (++_written == at)
            Process.GetCurrentProcess().Kill();
    }
}
