using Kadeploy.Agent.Linux;
using Kadeploy.Agent.Processes;

namespace Kadeploy.Agent.Init;

/// <summary>
/// PID 1 of the deployment environment. In order: (1) mounts, (2) console, (3) kernel command line, (4) the agent as a child, (5) drivers by
/// modalias, (6) network, (7) the agent again and again. It never ends: the kernel panics when PID 1 does.
/// </summary>
internal static class InitRole
{
    private const string RunFolder = "/run/kadeploy";

    public static int Run()
    {
        var parameters = KernelCommandLine.Parse("");
        try
        {
            // 1, 2
            BaseMounts.Mount();
            ConsoleDescriptors.Open();
            Log.Line("init: started");
            // 3
            parameters = KernelCommandLine.Parse(File.ReadAllText("/proc/cmdline"));
            var runner = new ProcessRunner();
            var shell = parameters.Shell ? ConsoleShell.Start() : 0;
            if (parameters.Controller is null)
                return Fatal("the kernel command line has no kadeploy.controller=HOST:PORT; see the boot profile", parameters);
            // 4
            var supervisor = new Supervisor(shell);
            supervisor.Start();
            // 5
            var drivers = new Drivers(runner, "/sys", []);
            drivers.LoadAll();
            _ = NetworkLinks.BringUp("lo");
            // 6
            var connected = new NetworkSetup(runner, drivers).BringUp(parameters.Mac);
            new NetworkNews(RunFolder).Tell(connected, drivers.Seen);
            // 7
            supervisor.Run();
            return Fatal("the supervisor ended", parameters);
        }
        catch (Exception exception)
        {
            return Fatal(exception.ToString(), parameters);
        }
    }

    private static int Fatal(string reason, KernelCommandLine parameters)
    {
        Log.Line($"init: FATAL: {reason}");
        if (parameters.Shell || parameters.Panic == 0)
        {
            Log.Line("init: this machine stays as it is");
            Thread.Sleep(Timeout.Infinite);
        }
        Log.Line($"init: restarting in {Math.Max(0, parameters.Panic)} s (panic={parameters.Panic})");
        Thread.Sleep(TimeSpan.FromSeconds(Math.Max(0, parameters.Panic)));
        _ = Machine.RestartNow();
        Thread.Sleep(Timeout.Infinite);
        return 1;
    }
}
