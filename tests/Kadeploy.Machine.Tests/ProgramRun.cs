using System.Diagnostics;

namespace Kadeploy.Machine.Tests;

/// <summary>How a program ended and what it wrote.</summary>
internal sealed record ProgramRun(int ExitCode, string Output, string Error)
{
    /// <summary>Runs a program to its end; one that outlasts the deadline is killed, and the test fails with what it had written.</summary>
    public static ProgramRun Of(TimeSpan deadline, string program, params IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(deadline))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{program} {string.Join(' ', arguments)} has not ended within {deadline.TotalSeconds} s:\n{output.Result}\n{error.Result}");
        }

        process.WaitForExit();
        return new ProgramRun(process.ExitCode, output.Result, error.Result);
    }

    /// <summary>The output, of a program that must succeed.</summary>
    public static string OutputOf(string program, params IReadOnlyList<string> arguments)
    {
        var run = Of(TimeSpan.FromMinutes(3), program, arguments);
        Assert.True(run.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {run.ExitCode}: {run.Error}");
        return run.Output;
    }
}
