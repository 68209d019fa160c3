using System.Runtime.InteropServices;

namespace Kadeploy.Testbed.Processes;

/// <summary>Sends signals to processes that the testbed started and whose identity it recorded.</summary>
internal static partial class Signals
{
    private const int Terminate = 15;
    private const int Kill = 9;

    /// <summary>Asks the process to end, insists after the grace period, and returns when it is gone.</summary>
    public static void Stop(ProcessIdentity process, TimeSpan grace)
    {
        if (!process.IsAlive)
            return;
        if (grace > TimeSpan.Zero)
        {
            _ = kill(process.Pid, Terminate);
            if (Wait.Until(() => !process.IsAlive, grace))
                return;
        }

        _ = kill(process.Pid, Kill);
        if (!Wait.Until(() => !process.IsAlive, TimeSpan.FromMinutes(1)))
            throw new TestbedException($"process {process.Pid} is still there a minute after SIGKILL");
    }

    // kill(2)
    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int pid, int signal);
}
