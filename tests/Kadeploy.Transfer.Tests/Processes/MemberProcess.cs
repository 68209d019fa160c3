using System.Diagnostics;
using System.Text;

namespace Kadeploy.Transfer.Tests.Processes;

/// <summary>One member of a chain as a process in a namespace: this test assembly, started as tests/bench/ChainNode is.</summary>
internal sealed class MemberProcess : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _said = new();

    public MemberProcess(string? host, params string[] arguments)
        : this(new TransferTunables().Silence, host, arguments)
    {
    }

    /// <param name="silence">With "plan": when a silent member is found so.</param>
    /// <param name="host">Its namespace; null for this process's.</param>
    /// <param name="arguments">As of ChainNode.</param>
    public MemberProcess(TimeSpan silence, string? host, params string[] arguments)
    {
        string[] command = [Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", "exec", typeof(MemberProcess).Assembly.Location, .. arguments];
        if (host is not null)
            command = ["ip", "netns", "exec", host, .. command];
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["CHAIN_JOIN_MS"] = "60000"; // a busy machine starts them one after another; read by "plan"
        start.Environment["CHAIN_SILENCE_MS"] = $"{silence.TotalMilliseconds:0}"; // the same
        _process = Process.Start(start)!;
        _process.OutputDataReceived += Keep;
        _process.ErrorDataReceived += Keep;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Said
    {
        get
        {
            lock (_said)
                return _said.ToString();
        }
    }

    /// <summary>It has ended, and all that it said is here.</summary>
    public bool Ended
    {
        get
        {
            if (!_process.HasExited)
                return false;
            _process.WaitForExit();
            return true;
        }
    }

    public int ExitCode => _process.ExitCode;

    public void Kill() => _process.Kill();

    /// <summary>SIGSTOP, kill(1).</summary>
    public void Freeze()
    {
        using var kill = Process.Start("kill", ["-STOP", $"{_process.Id}"]);
        kill.WaitForExit();
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (_said)
            _said.AppendLine(line.Data);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
