using System.Diagnostics;
using Kadeploy.Testbed;

namespace Kadeploy.Machine.Tests.Rogue;

/// <summary>The real agent on an installed host: <c>kadeploy-agent run</c>, until disposed.</summary>
internal sealed class InstalledHost : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kadeploy-host-");
    private readonly StreamWriter _log;
    private readonly Process _agent;

    /// <param name="host">Where.</param>
    /// <param name="controller">Host and port that it was told are the controller's.</param>
    /// <param name="pin">The genuine pin.</param>
    /// <param name="token">The node's token.</param>
    /// <param name="log">Gets its output.</param>
    public InstalledHost(AttachedHost host, string controller, string pin, string token, string log)
    {
        _log = new StreamWriter(log) { AutoFlush = true };
        File.WriteAllText(_folder.FullName + "/token", token);
        Directory.CreateDirectory(_folder.FullName + "/files");
        var command = host.CommandInside(Repository.Agent,
            "run", "--controller", controller, "--pin", pin, "--token-file", _folder.FullName + "/token", "--directory", _folder.FullName + "/files", "--state", _folder.FullName + "/state");
        _agent = Process.Start(new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        _agent.OutputDataReceived += Keep;
        _agent.ErrorDataReceived += Keep;
        _agent.BeginOutputReadLine();
        _agent.BeginErrorReadLine();
    }

    public void Dispose()
    {
        _agent.Kill(entireProcessTree: true);
        _agent.WaitForExit();
        _agent.Dispose();
        _log.Dispose();
        _folder.Delete(recursive: true);
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (_log)
        {
            if (line.Data is not null)
                _log.WriteLine(line.Data);
        }
    }
}
