using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Kadeploy.Cli.Tests.Support;

/// <summary>Runs the real binary, with a home of its own and no KADEPLOY_* of the machine.</summary>
internal sealed class CliRun : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);
    private static readonly string Binary = Path.Combine(AppContext.BaseDirectory, "kadeploy");
    private readonly StringBuilder _out = new();
    private readonly StringBuilder _error = new();
    private readonly Process _process;
    private Task _pumps = Task.CompletedTask;

    private CliRun(Process process) => _process = process;

    public sealed record Result(int Code, string Out, string Error);

    public string Out => Text(_out);

    public static async Task<Result> RunAsync(FakeController? controller, IEnumerable<string> args, string? input = null, string? home = null, string? path = null)
    {
        using var run = Start(controller, args, home, path);
        if (input is not null)
            await run._process.StandardInput.WriteAsync(input);
        run._process.StandardInput.Close();
        return await run.EndAsync();
    }

    public static CliRun Start(FakeController? controller, IEnumerable<string> args, string? home = null, string? path = null)
    {
        var start = Info(Binary, home);
        if (path is not null)
            start.Environment["PATH"] = path;
        foreach (var arg in args.Concat(Server(controller)))
            start.ArgumentList.Add(arg);
        return Start(start);
    }

    /// <summary>Under a pseudo-terminal of 100 columns (script(1)); what is typed reaches the program through the terminal, Ctrl-C included.</summary>
    public static CliRun StartOnTerminal(FakeController controller, params string[] args)
    {
        var start = Info("script", null);
        var command = string.Join(' ', new[] { Binary }.Concat(args).Concat(Server(controller)).Select(a => $"'{a}'"));
        foreach (var arg in new[] { "-q", "-e", "-c", $"stty cols 100 rows 30; exec {command}", "/dev/null" })
            start.ArgumentList.Add(arg);
        start.Environment["TERM"] = "xterm";
        return Start(start);
    }

    /// <summary>SIGINT, as the shell's Ctrl-C sends it.</summary>
    public void Interrupt()
    {
        using var kill = Process.Start(new ProcessStartInfo("/bin/kill") { ArgumentList = { "-INT", _process.Id.ToString(CultureInfo.InvariantCulture) } })!;
        kill.WaitForExit();
    }

    public async Task TypeAsync(string text)
    {
        await _process.StandardInput.WriteAsync(text);
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>Types something again and again until the program says what it is to say.</summary>
    public async Task TypeUntilAsync(string text, string said)
    {
        for (var wait = WaitForOutputAsync(said); !wait.IsCompletedSuccessfully; await await Task.WhenAny(wait, Task.Delay(500)))
            await TypeAsync(text);
    }

    /// <summary>Until the text is there, so many times.</summary>
    public Task WaitForOutputAsync(string text, int times = 1) => WaitForAsync(_out, text, times);

    public Task WaitForErrorAsync(string text) => WaitForAsync(_error, text, 1);

    public async Task<Result> EndAsync()
    {
        using var deadline = new CancellationTokenSource(Deadline);
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
            await _pumps.WaitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
            Assert.Fail($"kadeploy had not ended after {Deadline.TotalSeconds} s; its output:\n{Out}\n{_error}");
        }

        return new Result(_process.ExitCode, Out, _error.ToString());
    }

    private async Task WaitForAsync(StringBuilder output, string text, int times)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        while (Text(output).Split(text).Length <= times)
        {
            if (deadline.IsCancellationRequested)
                Assert.Fail($"waited {Deadline.TotalSeconds} s for '{text}' in the output:\n{Out}\n{Text(_error)}");
            await Task.Delay(10);
        }
    }

    private string Text(StringBuilder output)
    {
        lock (_out)
            return output.ToString();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    private static string[] Server(FakeController? controller) => controller is null ? [] : ["--server", controller.Address];

    private static ProcessStartInfo Info(string program, string? home)
    {
        var info = new ProcessStartInfo(program) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var name in info.Environment.Keys.Where(k => k.StartsWith("KADEPLOY", StringComparison.Ordinal)).ToList())
            info.Environment.Remove(name);
        info.Environment.Remove("XDG_CONFIG_HOME");
        info.Environment["HOME"] = home ?? "/nonexistent";
        return info;
    }

    private static CliRun Start(ProcessStartInfo info)
    {
        var process = new Process { StartInfo = info };
        process.Start();
        var run = new CliRun(process);
        run._pumps = Task.WhenAll(run.PumpAsync(process.StandardOutput, run._out), run.PumpAsync(process.StandardError, run._error));
        return run;
    }

    // By characters, not by lines: a question ends without a newline.
    private async Task PumpAsync(StreamReader from, StringBuilder to)
    {
        var buffer = new char[4096];
        int count;
        while ((count = await from.ReadAsync(buffer)) > 0)
        {
            lock (_out)
                to.Append(buffer, 0, count);
        }
    }
}
