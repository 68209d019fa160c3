using System.ComponentModel;
using System.Diagnostics;
using System.IO.Pipes;
using System.Runtime.InteropServices;
using System.Text;

namespace Kadeploy.Transfer;

/// <summary>
/// The one place of this library that starts a program: arguments as a list, never a shell; at most 4 KiB of what it says on stderr is kept;
/// waiting for its end has a deadline.
/// </summary>
internal sealed class ChildProcess : IDisposable
{
    private const int MostStderr = 4096, PipeSize = 1 << 20;
    private readonly Process _process;
    private readonly string _name;
    private readonly StringBuilder _stderr = new();
    private readonly Thread _reader;

    private ChildProcess(Process process, string name)
    {
        _process = process;
        _name = name;
        _reader = Threads.Start("child-stderr", ReadStderr);
    }

    /// <summary>Starts it with pipes on stdin and, if wanted, stdout; throws <see cref="SinkException"/> when it cannot be started.</summary>
    public static ChildProcess Start(string program, IEnumerable<string> arguments, bool input, bool output)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = input, RedirectStandardOutput = output, RedirectStandardError = true };
        start.Environment["LC_ALL"] = "C";
        try
        {
            var child = new ChildProcess(Process.Start(start)!, Path.GetFileName(program));
            if (input && child._process.StandardInput.BaseStream is PipeStream pipe)
                Native.SetPipeSize(pipe.SafePipeHandle, PipeSize);
            return child;
        }
        catch (Win32Exception e)
        {
            throw new SinkException(Reasons.ExtractFailed, $"{program} cannot be started: {e.Message}");
        }
    }

    public Stream Input => _process.StandardInput.BaseStream;

    public Stream Output => _process.StandardOutput.BaseStream;

    /// <summary>A path under which another program can open this one's output itself: no copy through this process.</summary>
    public string OutputPath()
    {
        var handle = ((PipeStream)Output).SafePipeHandle;
        Native.SetPipeSize(handle, PipeSize);
        return $"/proc/{Environment.ProcessId}/fd/{handle.DangerousGetHandle()}";
    }

    /// <summary>Whether it has ended.</summary>
    public bool Ended => _process.HasExited;

    /// <summary>Waits for its end; null when it ended with 0, else what went wrong.</summary>
    public string? Wait(TimeSpan deadline)
    {
        if (!_process.WaitForExit(deadline))
        {
            Kill();
            return $"{_name} was still running {deadline.TotalSeconds:0} s after its last input";
        }
        _reader.Join(TimeSpan.FromSeconds(2)); // a grandchild may hold stderr open
        if (_process.ExitCode == 0)
            return null;
        lock (_stderr)
            return $"{_name} ended with {_process.ExitCode}: {_stderr.ToString().Trim()}";
    }

    public void Kill()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception or ExternalException)
        {
            // Already gone.
        }
    }

    private void ReadStderr()
    {
        var buffer = new byte[1024];
        try
        {
            int n;
            while ((n = _process.StandardError.BaseStream.Read(buffer)) > 0)
                lock (_stderr)
                    if (_stderr.Length < MostStderr)
                        _stderr.Append(Encoding.UTF8.GetString(buffer, 0, Math.Min(n, MostStderr - _stderr.Length)));
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The child is gone.
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            Kill();
        _process.Dispose();
    }
}
