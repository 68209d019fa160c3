using System.Diagnostics;

namespace Kadeploy.Broadcast.Tests.Support;

/// <summary>Runs a program that prepares a test; its failure is the test's.</summary>
internal static class Tool
{
    public static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments))!;
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: exit code {process.ExitCode}");
    }
}
