using Kadeploy.Agent.Linux;
using Kadeploy.Agent.Processes;

namespace Kadeploy.Agent.Init;

/// <summary>busybox's shell on the console, for kadeploy.shell; cttyhack finds the terminal behind /dev/console.</summary>
internal static class ConsoleShell
{
    /// <summary>Its process id, 0 when it could not be started.</summary>
    public static int Start()
    {
        string[] environment = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "TERM=linux"];
        var failure = Children.Start(
            Tools.BusyBox, ["cttyhack", "/bin/sh"], environment, "/", 0, 1, 2, ownSession: true, out var process);
        if (failure != 0)
            Log.Line($"init: no shell: {Tools.BusyBox}: {Libc.Describe(failure)}");
        return process;
    }
}
