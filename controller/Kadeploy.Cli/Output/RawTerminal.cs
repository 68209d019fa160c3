using System.Diagnostics;

namespace Kadeploy.Cli.Output;

/// <summary>While it lives, every key goes to the program as it is pressed, and nothing is echoed (stty(1)). Where there is no terminal it does nothing.</summary>
internal sealed class RawTerminal : IDisposable
{
    private readonly string? _saved = Console.IsInputRedirected ? null : Stty("-g");

    public RawTerminal()
    {
        if (_saved is not null)
            Stty("raw", "-echo");
    }

    public void Dispose()
    {
        if (_saved is not null)
            Stty(_saved);
    }

    private static string? Stty(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("stty", arguments) { RedirectStandardOutput = true })!;
        var said = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        return process.ExitCode == 0 ? said : null;
    }
}
