using Kadeploy.Agent.Linux;

namespace Kadeploy.Agent.Init;

/// <summary>Keeps the agent running as a child of PID 1 and reaps whatever else became an orphan.</summary>
internal sealed class Supervisor(int shell)
{
    /// <summary>The name of the interface with the lease, for the child.</summary>
    public const string InterfaceVariable = "KADEPLOY_INTERFACE";

    private const int LongestPause = 30_000;
    // An agent that lived this long was well; the next pause starts small again.
    private const int Healthy = 60_000;

    private int _shell = shell;

    public void Run(string connected)
    {
        string[] environment =
        [
            "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", $"{InterfaceVariable}={connected}",
            // Reading the system's certificates costs 55 ms at the first TLS call, and there are none here.
            "SSL_CERT_DIR=/nonexistent", "SSL_CERT_FILE=/nonexistent",
        ];
        var pause = 250;
        while (true)
        {
            var started = Environment.TickCount64;
            var failure = Children.Start("/proc/self/exe", ["agent"], environment, "/", 0, 1, 2, ownSession: true, out var agent);
            if (failure != 0)
                Log.Line($"init: cannot start the agent: {Libc.Describe(failure)}");
            else
                Log.Line($"init: the agent ended ({Describe(ReapUntil(agent))}); it is started again");
            pause = Environment.TickCount64 - started > Healthy ? 250 : Math.Min(LongestPause, pause * 2);
            Thread.Sleep(pause);
        }
    }

    private int ReapUntil(int agent)
    {
        while (Children.Wait(-1, out var ended, out var status))
        {
            if (ended == agent)
                return status;
            if (ended == _shell)
                _shell = ConsoleShell.Start();
        }
        return 0;
    }

    private static string Describe(int status) => (status & 0x7f) == 0 ? $"exit code {(status >> 8) & 0xff}" : $"signal {status & 0x7f}";
}
