using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Kadeploy.Controller.Programs;

/// <summary>The one door through which the controller starts other programs: an argument list, no shell, a deadline, bounded output.</summary>
internal static class ProgramRunner
{
    private const int MostOutput = 64 * 1024;

    /// <summary>Runs a program to its end; kills it, with its children, at the deadline or when cancelled.</summary>
    /// <param name="program">Name or path.</param>
    /// <param name="arguments">Arguments, passed as they are; never a secret, every user can read them.</param>
    /// <param name="environment">Added to its environment; secrets go here.</param>
    /// <param name="deadline">How long it may take.</param>
    /// <param name="cancellationToken">Kills it.</param>
    /// <param name="input">Writes its standard input; null for an empty one.</param>
    /// <returns>How it ended; exit code 127 when it is not installed.</returns>
    public static async Task<ProgramResult> RunAsync(
        string program,
        IReadOnlyList<string> arguments,
        IReadOnlyDictionary<string, string>? environment,
        TimeSpan deadline,
        CancellationToken cancellationToken,
        Func<Stream, CancellationToken, Task>? input = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment["LC_ALL"] = "C"; // its output is parsed
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;

        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            return new ProgramResult(127, "", $"{program} cannot be started: {e.Message}", false);
        }
        using var _ = process;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(deadline);
        var fed = FeedAsync(process, input, limit.Token);
        var output = ReadAsync(process.StandardOutput);
        var error = ReadAsync(process.StandardError);
        var timedOut = false;
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
            cancellationToken.ThrowIfCancellationRequested();
            timedOut = true;
        }
        await fed;
        return new ProgramResult(process.ExitCode, await output, await error, timedOut);
    }

    /// <summary>Runs a program that is talked with while it runs; kills it, with its children, when the talk is over or cancelled.</summary>
    /// <param name="program">Name or path.</param>
    /// <param name="arguments">Arguments, passed as they are; never a secret.</param>
    /// <param name="environment">Added to its environment; secrets go here.</param>
    /// <param name="talk">Gets its standard input, output and error.</param>
    /// <returns>Null, or why it could not be started.</returns>
    public static async Task<string?> ConverseAsync(
        string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment, Func<Stream, Stream, Stream, Task> talk)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.Environment["LC_ALL"] = "C";
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            return $"{program} cannot be started: {e.Message}";
        }
        using var _ = process;
        try
        {
            await talk(process.StandardInput.BaseStream, process.StandardOutput.BaseStream, process.StandardError.BaseStream);
            return null;
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static async Task FeedAsync(Process process, Func<Stream, CancellationToken, Task>? input, CancellationToken cancellationToken)
    {
        try
        {
            if (input is not null)
                await input(process.StandardInput.BaseStream, cancellationToken);
            process.StandardInput.Close();
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // It ended before it had read everything, or was killed: how it ended says the rest.
        }
    }

    // Reads on after the bound, so that the program is never blocked on a full pipe.
    private static async Task<string> ReadAsync(StreamReader reader)
    {
        var text = new StringBuilder();
        var buffer = new char[4096];
        int read;
        while ((read = await reader.ReadAsync(buffer)) > 0)
            if (text.Length < MostOutput)
                text.Append(buffer, 0, Math.Min(read, MostOutput - text.Length));
        return text.ToString();
    }
}
