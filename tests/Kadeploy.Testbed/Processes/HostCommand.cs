using System.Diagnostics;
using System.Text;

namespace Kadeploy.Testbed.Processes;

/// <summary>Runs the host's programs: arguments as a list, a deadline, bounded output. The only place here that starts processes.</summary>
internal static class HostCommand
{
    private const int OutputLimit = 64 * 1024;
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    /// <summary>Runs to the end and returns standard output.</summary>
    /// <exception cref="TestbedException">Not installed, not in time, or a non-zero exit code.</exception>
    public static string Run(string program, params IReadOnlyList<string> arguments)
    {
        var result = TryRun(program, arguments);
        return result.ExitCode == 0
            ? result.Output
            : throw new TestbedException($"{program} {string.Join(' ', arguments)}: exit code {result.ExitCode}: {result.Error.Trim()}");
    }

    /// <summary>Runs to the end, whatever the exit code.</summary>
    public static CommandResult TryRun(string program, IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Start(start);
        process.StandardInput.Close();
        var output = new StringBuilder();
        var error = new StringBuilder();
        process.OutputDataReceived += (_, line) => Append(output, line.Data);
        process.ErrorDataReceived += (_, line) => Append(error, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        if (!process.WaitForExit(Deadline))
        {
            process.Kill(entireProcessTree: true);
            throw new TestbedException($"{program} {string.Join(' ', arguments)} did not end within {Deadline.TotalSeconds} s");
        }

        // Without a time this also waits for the end of both streams.
        process.WaitForExit();
        return new CommandResult(process.ExitCode, output.ToString(), error.ToString());
    }

    /// <summary>Runs with this program's own input and output, without a deadline: somebody is using it.</summary>
    public static int RunInteractive(string program, IReadOnlyList<string> arguments)
    {
        // Ctrl-C reaches the child as well, which decides; this program ends with it.
        Console.CancelKeyPress += (_, press) => press.Cancel = true;
        using var process = Start(new ProcessStartInfo(program, arguments));
        process.WaitForExit();
        return process.ExitCode;
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new TestbedException($"cannot start {start.FileName}: {e.Message}; is its package installed (build/lib.sh, 'cluster')?", e);
        }
    }

    private static void Append(StringBuilder text, string? line)
    {
        if (line is null)
            return;
        lock (text)
        {
            if (text.Length < OutputLimit)
                text.Append(line).Append('\n');
        }
    }
}
