using System.Globalization;

namespace Kadeploy.Testbed.Processes;

/// <summary>Starts programs that stay after this one has ended, and remembers who they are.</summary>
internal static class Daemon
{
    /// <summary>
    /// Starts the program in a session of its own, with no input and its output in the log file: an inherited pipe would keep
    /// whoever reads this program's output waiting for ever.
    /// </summary>
    public static ProcessIdentity Start(string record, string log, string program, params IReadOnlyList<string> arguments)
    {
        var pidFile = record + ".pid";
        File.Delete(pidFile);
        HostCommand.Run("/sbin/start-stop-daemon", ["--start", "--background", "--make-pidfile", "--pidfile", pidFile,
            "--output", log, "--startas", program, "--", .. arguments]);
        return Remember(record, pidFile) ??
            throw new TestbedException($"{program} ended at once: {Tail(log)}");
    }

    /// <summary>Records the process whose number a program wrote into its pid file; null when it is gone already.</summary>
    public static ProcessIdentity? Remember(string record, string pidFile)
    {
        if (!Wait.Until(() => File.Exists(pidFile) && new FileInfo(pidFile).Length > 0, TimeSpan.FromMinutes(1)))
            throw new TestbedException($"nothing wrote {pidFile} within a minute");
        var pid = int.Parse(File.ReadAllText(pidFile).Trim(), CultureInfo.InvariantCulture);
        var identity = ProcessIdentity.Of(pid);
        if (identity is not null)
            TestbedJson.Write(record, identity, TestbedJson.Default.ProcessIdentity);
        return identity;
    }

    /// <summary>The recorded process if it is still there.</summary>
    public static ProcessIdentity? Recall(string record) =>
        TestbedJson.Read(record, TestbedJson.Default.ProcessIdentity) is { IsAlive: true } identity ? identity : null;

    private static string Tail(string log) => File.Exists(log) ? string.Join(" | ", File.ReadLines(log).TakeLast(3)) : "no log";
}
