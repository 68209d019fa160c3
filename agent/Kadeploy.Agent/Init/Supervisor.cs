using Kadeploy.Agent.Linux;

namespace Kadeploy.Agent.Init;

/// <summary>
/// Keeps the agent running as a child of PID 1 and reaps whatever else became an orphan. The first start comes before the network is up, which
/// takes the machine's time and not its processor's; the agent waits for <see cref="NetworkNews"/>.
/// </summary>
internal sealed class Supervisor(int shell)
{
    private const int LongestPause = 30_000;
    // An agent that lived this long was well; the next pause starts small again.
    private const int Healthy = 60_000;

    private static readonly string[] EnvironmentOfAgent =
    [
        "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root",
        // Reading the system's certificates costs 55 ms at the first TLS call, and there are none here.
        "SSL_CERT_DIR=/nonexistent", "SSL_CERT_FILE=/nonexistent",
    ];

    private int _shell = shell;
    private int _agent;
    private long _started;

    /// <summary>Starts the agent; returns at once.</summary>
    public void Start()
    {
        _started = Environment.TickCount64;
        var failure = Children.Start("/proc/self/exe", ["agent"], EnvironmentOfAgent, "/", 0, 1, 2, ownSession: true, out _agent);
        if (failure == 0)
            return;
        Log.Line($"init: cannot start the agent: {Libc.Describe(failure)}");
        _agent = 0;
    }

    /// <summary>Never returns. It takes the exit codes of all children, so nobody else may wait for one from now on.</summary>
    public void Run()
    {
        var pause = 250;
        while (true)
        {
            if (_agent != 0)
                Log.Line($"init: the agent ended ({Describe(ReapUntil(_agent))}); it is started again");
            pause = Environment.TickCount64 - _started > Healthy ? 250 : Math.Min(LongestPause, pause * 2);
            Thread.Sleep(pause);
            Start();
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
