using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;

namespace Kadeploy.Grpc.Tests;

/// <summary>Python/peer.py under Debian's Python, whose python3-grpcio is the other implementation.</summary>
internal sealed partial class PythonPeer : IAsyncDisposable
{
    private const string Missing = "These tests need Debian's package python3-grpcio: apt-get install python3-grpcio";
    private const int SigKill = 9;
    private const int SigStop = 19;
    private const int MaxStderr = 64 * 1024;

    private readonly Process _process;
    private readonly StringBuilder _stderr = new();

    private PythonPeer(params string[] arguments)
    {
        // Not whatever python3 the PATH has: packages of Debian's serve Debian's interpreter.
        var start = new ProcessStartInfo("/usr/bin/python3")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList = { "-u", Path.Combine(AppContext.BaseDirectory, "Python", "peer.py") },
        };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => { if (line.Data is not null) Lines.Writer.TryWrite(line.Data); else Lines.Writer.TryComplete(); };
        _process.ErrorDataReceived += (_, line) => { lock (_stderr) if (_stderr.Length < MaxStderr) _stderr.AppendLine(line.Data); };
        try
        {
            _process.Start();
        }
        catch (Win32Exception e)
        {
            throw new InvalidOperationException(Missing, e);
        }
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    private Channel<string> Lines { get; } = Channel.CreateUnbounded<string>(); // a few lines a process

    public static async Task<(PythonPeer Peer, Uri Address)> ServeAsync()
    {
        var peer = new PythonPeer("serve");
        var line = await peer.NextLineAsync("its port");
        return (peer, new Uri($"http://127.0.0.1:{line["port ".Length..]}"));
    }

    public static PythonPeer Call(Uri server, string scenario) => new("call", server.Authority, scenario);

    /// <summary>Runs one scenario of the client to its end.</summary>
    public static async Task<JsonElement> CallAsync(Uri server, string scenario)
    {
        await using var peer = Call(server, scenario);
        return JsonDocument.Parse(await peer.NextLineAsync($"the outcome of '{scenario}'")).RootElement;
    }

    public async Task<string> NextLineAsync(string what)
    {
        try
        {
            return await Lines.Reader.ReadAsync().AsTask().WithinAsync($"python to print {what}");
        }
        catch (ChannelClosedException)
        {
            await _process.WaitForExitAsync().WithinAsync("python to exit");
            string stderr;
            lock (_stderr)
                stderr = _stderr.ToString();
            throw new InvalidOperationException(stderr.Contains("No module named 'grpc'", StringComparison.Ordinal)
                ? Missing
                : $"python ended without printing {what}:\n{stderr}");
        }
    }

    public async Task TellAsync(string line) => await _process.StandardInput.WriteLineAsync(line);

    /// <summary>Stops all of its threads, as a machine does that hangs: its kernel still acknowledges TCP.</summary>
    public void Freeze() => Assert.Equal(0, Kill(_process.Id, SigStop));

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _ = Kill(_process.Id, SigKill);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    // kill(2)
    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);
}
