using System.Diagnostics;

namespace Kadeploy.Machine.Tests.Support;

/// <summary>Runs programs of the host and the repository's scripts: arguments as a list, with a deadline.</summary>
internal static class HostProgram
{
    /// <summary>Runs to the end; the result has both streams whole.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(
        TimeSpan deadline, IReadOnlyList<string> command, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        using var limit = new CancellationTokenSource(deadline);
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var error = process.StandardError.ReadToEndAsync(limit.Token);
        try
        {
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{string.Join(' ', command)} did not end within {deadline.TotalSeconds} s");
        }
    }
}
