using System.Text;
using Kadeploy.Controller.Agents;
using Kadeploy.Controller.Boot;
using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Programs;
using Kadeploy.Controller.Remote;
using Kadeploy.Controller.Storage;
using Kadeploy.Controller.Trust;
using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Controller.Drivers;

/// <summary>
/// The steps of SetDeploymentEnvKexec, over SSH in the system that runs: <c>send_deployment_kernel</c>, <c>sync</c>, <c>kexec</c>. That system needs
/// kexec-tools. It spares the firmware, which takes minutes on servers.
/// </summary>
internal sealed class KexecIntoDeployment(
    ControllerConfiguration configuration, BootProfiles profiles, ArmingStore armings, AgentSessions sessions, IRemoteShell shell, ControllerIdentity identity,
    TimeProvider time) : IStepDriver, IDisposable
{
    private const string Folder = "/dev/shm/kadeploy";
    private static readonly TimeSpan Quick = TimeSpan.FromSeconds(20);
    private static readonly string[] Files = ["vmlinuz", "initramfs"];

    // Each copy is tens of megabytes out of one network card.
    private readonly SemaphoreSlim _copies = new(8);

    public Task RunAsync(StepExecution execution, IStepReport report, CancellationToken cancellationToken) => PerNode.RunAsync(
        execution,
        report,
        (node, token) => !shell.Knows(node)
            ? Task.FromResult<Outcome>(new Outcome.Failed(Party.InstalledSystem, "no-ssh", $"no system of {node.Name} is known that could be left by kexec"))
            : execution.MicroStep switch
            {
                "send_deployment_kernel" => SendAsync(execution, node, report, token),
                "sync" => RunAsync(node, "sync", execution.Deadline - time.GetUtcNow(), token),
                _ => KexecAsync(execution, node, token),
            });

    public void Dispose() => _copies.Dispose();

    private async Task<Outcome> SendAsync(StepExecution execution, Node node, IStepReport report, CancellationToken cancellationToken)
    {
        // Before anything is copied: without it the copy is for nothing, and the next instance may begin.
        if (await RunAsync(node, "command -v kexec >/dev/null || { echo 'kexec-tools is not installed' >&2; exit 1; }", Quick, cancellationToken) is Outcome.Failed failed)
            return failed with { Reason = failed.Reason == "ssh-failed" ? failed.Reason : "no-kexec" };
        await _copies.WaitAsync(cancellationToken);
        try
        {
            foreach (var file in Files)
            {
                report.Progress(node.Name, $"copying {file}");
                var path = Path.Combine(configuration.BootDirectory, file);
                if (!File.Exists(path))
                    return new Outcome.Failed(Party.Controller, "boot-file-missing", $"{path} is missing on the controller");
                var result = await shell.CopyAsync(node, path, $"{Folder}/{file}", execution.Deadline - time.GetUtcNow(), cancellationToken);
                if (!result.Succeeded)
                    return Refused(result);
            }
            // Whom the agent may speak to, as in the initramfs that is served.
            var pin = Convert.ToBase64String(PinSegment.Make(identity.Pin, new FileInfo(Path.Combine(configuration.BootDirectory, "initramfs")).Length));
            return await RunAsync(node, $"echo {pin} | base64 -d >>{Folder}/initramfs", Quick, cancellationToken);
        }
        finally
        {
            _copies.Release();
        }
    }

    private async Task<Outcome> KexecAsync(StepExecution execution, Node node, CancellationToken cancellationToken)
    {
        // Run again after a restart of the controller: it has left and is back.
        if (sessions.OfNode(node.Name) is { } session && session.Identity.Arming == execution.Id)
            return PerNode.Done((FactNames.Arming, execution.Id));
        var former = await shell.BootIdAsync(node, cancellationToken);
        await armings.ArmAsync(new Arming(node.Name, execution.Deployment.Id, execution.Id), execution.Deployment.Kind == OperationKind.Deployment);
        if (await armings.TakeAsync(node.Macs[0]) is not var (_, token))
            return new Outcome.Failed(Party.Controller, "internal-error", $"{node.Name} could not be armed");
        var line = profiles.KernelLine(node.Macs[0], token).Replace("'", "'\\''", StringComparison.Ordinal);
        // By its input: the token in it must not stand among the arguments of our ssh.
        var script = Encoding.UTF8.GetBytes(
            $"kexec -l {Folder}/vmlinuz --initrd={Folder}/initramfs --command-line='{line}' && {{ (sleep 1; sync; systemctl kexec || kexec -e) >/dev/null 2>&1 </dev/null & }}\n");
        var outcome = await RunAsync(node, "exec sh -s", Quick + Quick, cancellationToken, script);
        return outcome is Outcome.Failed ? outcome
            : former is null ? PerNode.Done((FactNames.Arming, execution.Id))
            : PerNode.Done((FactNames.Arming, execution.Id), (FactNames.FormerBootId, former));
    }

    private async Task<Outcome> RunAsync(Node node, string command, TimeSpan deadline, CancellationToken cancellationToken, ReadOnlyMemory<byte>? input = null)
    {
        var result = await shell.RunAsync(node, command, input, deadline, cancellationToken);
        return result.Succeeded ? Outcome.Done.Plain : Refused(result);
    }

    // ssh(1): 255 is its own failure, everything else the command's.
    private static Outcome.Failed Refused(ProgramResult result) =>
        new(Party.InstalledSystem, result.TimedOut || result.ExitCode == 255 ? "ssh-failed" : "kexec-refused", result.TimedOut ? "the system did not answer in time" : result.LastWords);
}
