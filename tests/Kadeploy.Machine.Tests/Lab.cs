using System.Diagnostics;
using System.Net.Sockets;
using Kadeploy.Testbed;

namespace Kadeploy.Machine.Tests;

/// <summary>
/// A virtual cluster with a real kadeployd inside its network and the tiny environment added; no node is known yet.
/// Gone when disposed, and when the test process dies; its directory (serial logs, kadeployd's log, disks) stays as evidence.
/// </summary>
internal sealed class Lab : IDisposable
{
    private readonly VirtualCluster _cluster;
    private readonly string _directory;
    private readonly StreamWriter _log;
    private Process _kadeployd = null!;

    private Lab(VirtualCluster cluster, string directory)
    {
        _cluster = cluster;
        _directory = directory;
        _log = new StreamWriter(Path.Combine(directory, "kadeployd.log")) { AutoFlush = true };
    }

    public ClusterDescription Cluster => _cluster.Description;

    /// <summary>Where the evidence is, for messages.</summary>
    public string Evidence => $"evidence: {_directory}";

    /// <summary>A folder of its own that images may come from.</summary>
    public string Images => _directory + "/images";

    public string PublicKey => _directory + "/id_ed25519.pub";

    /// <summary>Pin of the controller's key.</summary>
    public string Pin => File.ReadAllText(_directory + "/state/controller.pin").Trim();

    /// <summary>Brings it up.</summary>
    /// <param name="name">Name of cluster and namespace.</param>
    /// <param name="nodes">Number of nodes.</param>
    /// <param name="uefi">Those with UEFI firmware.</param>
    /// <param name="configuration">Further lines of kadeployd.yaml; it is given the lab's directory.</param>
    public static Lab Up(string name, int nodes, IReadOnlyList<string> uefi, Func<string, string>? configuration = null)
    {
        var directory = Path.Combine(Repository.Out, "machine-tests", name);
        if (Directory.Exists(directory))
            Directory.Delete(directory, recursive: true);
        Directory.CreateDirectory(directory + "/etc");
        Directory.CreateDirectory(directory + "/images");
        var cluster = VirtualCluster.Up(new ClusterOptions(name, directory + "/cluster")
        {
            Nodes = nodes,
            UefiNodes = uefi,
            DiskBytes = 2L << 30,
            OwnerPid = Environment.ProcessId,
        });
        var lab = new Lab(cluster, directory);
        try
        {
            lab.WriteConfiguration(configuration?.Invoke(directory) ?? "");
            lab.StartController();
            ProgramRun.OutputOf("/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "machine-test", "-f", directory + "/id_ed25519");
            lab.MustSucceed("env", "add", Repository.TinyEnvironment);
            return lab;
        }
        catch
        {
            lab.Dispose();
            throw;
        }
    }

    /// <summary>Runs the real command line inside the cluster's network.</summary>
    public ProgramRun Kadeploy(TimeSpan deadline, params IReadOnlyList<string> arguments)
    {
        var command = _cluster.CommandInside("/usr/bin/env", [$"KADEPLOY_TOKEN_FILE={_directory}/state/admin.token", Repository.Kadeploy, .. arguments]);
        return ProgramRun.Of(deadline, command[0], command.Skip(1).ToList());
    }

    /// <summary>The output of a command that must succeed.</summary>
    public string MustSucceed(params IReadOnlyList<string> arguments)
    {
        var run = Kadeploy(TimeSpan.FromMinutes(3), arguments);
        Assert.True(run.ExitCode == 0, $"kadeploy {string.Join(' ', arguments)} ended with {run.ExitCode}: {run.Output}{run.Error}\n{Evidence}");
        return run.Output;
    }

    /// <summary>Registers a node as an administrator does.</summary>
    public void Add(NodeDescription node) =>
        MustSucceed(["node", "add", "--name", node.Name, "--mac", node.Mac, "--address", node.Ip, .. BmcOptions(node)]);

    /// <summary>Accepts a machine that waits.</summary>
    public void Accept(string waiting, NodeDescription node) =>
        MustSucceed(["node", "accept", waiting, "--name", node.Name, "--address", node.Ip, .. BmcOptions(node)]);

    /// <summary>Puts a host that is no node on the cluster's network; disposed by the caller.</summary>
    public AttachedHost Attach(string name, params IReadOnlyList<string> addresses) => _cluster.Attach(name, addresses);

    /// <summary>Makes a socket in the cluster's network.</summary>
    public Socket Inside(Func<Socket> make) => _cluster.Inside(make);

    /// <summary>From now on every host is shown the traffic of all.</summary>
    public void ShowEverythingToEverybody() => _cluster.ShowEverythingToEverybody();

    /// <summary>The tiny system of a node says on its serial line that it is up; it reports itself after that, but the line may be slower.</summary>
    public void AwaitUp(NodeDescription node) => Await(
        TimeSpan.FromMinutes(1), $"{node.Name} says that it is up", () => File.ReadAllText(node.SerialLog).Contains($"tiny: up as {node.Name}", StringComparison.Ordinal) ? node : null);

    /// <summary>A file for output of a program that a test runs.</summary>
    public string LogOf(string program) => $"{_directory}/{program}.log";

    /// <summary>Switches a machine on past the controller: somebody pressed its button.</summary>
    public void PressPowerButton(NodeDescription node)
    {
        var command = _cluster.CommandInside("/usr/bin/ipmitool",
            "-I", "lanplus", "-C", "3", "-N", "10", "-R", "6", "-H", node.Bmc.Address, "-U", node.Bmc.User, "-f", node.Bmc.PasswordFile, "chassis", "power", "on");
        ProgramRun.OutputOf(command[0], command.Skip(1).ToList());
    }

    /// <summary>Repeats a question until its answer will do, or fails with what was asked for and the last answer.</summary>
    public T Await<T>(TimeSpan deadline, string what, Func<T?> ask)
        where T : class
    {
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < deadline)
        {
            if (ask() is { } answer)
                return answer;
            Thread.Sleep(TimeSpan.FromSeconds(1)); // a pause between questions, not a wait for their answer
        }

        throw new TimeoutException($"{what}: not within {deadline.TotalSeconds} s; {Evidence}");
    }

    public void Dispose()
    {
        StopController();
        _cluster.Dispose();
        _log.Dispose();
    }

    private static string[] BmcOptions(NodeDescription node) =>
        ["--bmc", $"ipmi://{node.Bmc.User}@{node.Bmc.Address}", "--bmc-password-file", node.Bmc.PasswordFile];

    private void WriteConfiguration(string more) => File.WriteAllText(_directory + "/etc/kadeployd.yaml", $"""
        address: {Cluster.ControllerAddress}
        stateDirectory: {_directory}/state
        bootDirectory: {Repository.BootDirectory}
        images:
          allowedDirectories: [{Path.GetDirectoryName(Repository.TinyEnvironment)}, {Images}]
        kernelParameters: console=tty0 console=ttyS0,115200n8
        {more}
        """);

    /// <summary>The controller has ended itself, or was killed; another is started.</summary>
    /// <param name="exitAtWrite">After so many writes of its journal it ends as by SIGKILL; 0: never.</param>
    public void RestartController(int exitAtWrite)
    {
        StopController();
        _kadeployd.Dispose();
        StartController(exitAtWrite);
    }

    /// <summary>Whether the controller has ended.</summary>
    public bool ControllerHasEnded => _kadeployd.HasExited;

    private void StartController(int exitAtWrite = 0)
    {
        var command = _cluster.CommandInside(Repository.Kadeployd, "--config", _directory + "/etc");
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (exitAtWrite > 0)
            start.Environment["KADEPLOYD_EXIT_AT_WRITE"] = exitAtWrite.ToString(System.Globalization.CultureInfo.InvariantCulture);
        _kadeployd = Process.Start(start)!;
        _kadeployd.OutputDataReceived += Keep;
        _kadeployd.ErrorDataReceived += Keep;
        _kadeployd.BeginOutputReadLine();
        _kadeployd.BeginErrorReadLine();
        var clock = Stopwatch.StartNew();
        while (Kadeploy(TimeSpan.FromMinutes(2), "info").ExitCode != 0)
        {
            if (exitAtWrite > 0 && _kadeployd.HasExited)
                return;
            Assert.False(_kadeployd.HasExited, $"kadeployd ended with {(_kadeployd.HasExited ? _kadeployd.ExitCode : 0)}; {Evidence}");
            Assert.True(clock.Elapsed < TimeSpan.FromMinutes(4), $"kadeployd does not answer 'kadeploy info' within 4 minutes; {Evidence}");
        }
    }

    private void StopController()
    {
        if (_kadeployd is null)
            return;
        if (!_kadeployd.HasExited)
            _kadeployd.Kill(entireProcessTree: true);
        // Until all that it said is in the log, also when it has ended itself.
        _kadeployd.WaitForExit();
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (_log)
        {
            if (line.Data is not null)
                _log.WriteLine(line.Data);
        }
    }
}
