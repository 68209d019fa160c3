using System.ComponentModel;
using System.Diagnostics;
using Kadeploy.Cli.Client;

namespace Kadeploy.Cli.Input;

/// <summary>A program of the user's that is run on this machine when an operation has ended; it is theirs, so it has no deadline but Ctrl-C.</summary>
internal static class EndScript
{
    private const UnixFileMode AnyExecute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>What is found now need not be found after the deployment.</summary>
    public static Answer<Nothing> Check(string file)
    {
        if (!File.Exists(file))
            return Failure.Usage($"-s {file}: there is no such file");
        return (File.GetUnixFileMode(file) & AnyExecute) != 0 ? Nothing.Value : Failure.Usage($"-s {file}: is not executable (chmod +x)");
    }

    /// <param name="file">The program.</param>
    /// <param name="json">Standard output is one JSON document: what the program says goes to standard error.</param>
    /// <param name="cancel">Kills it.</param>
    public static async Task RunAsync(string file, bool json, CancellationToken cancel)
    {
        var start = new ProcessStartInfo(Path.GetFullPath(file)) { RedirectStandardOutput = json };
        try
        {
            using var process = Process.Start(start)!;
            try
            {
                if (json)
                    await process.StandardOutput.BaseStream.CopyToAsync(Console.OpenStandardError(), cancel);
                await process.WaitForExitAsync(cancel);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
            }
        }
        catch (Win32Exception e)
        {
            await Console.Error.WriteLineAsync($"kadeploy: warning: -s {file}: {e.Message}");
        }
    }
}
