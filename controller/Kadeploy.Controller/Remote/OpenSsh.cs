using System.Globalization;
using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Programs;
using Kadeploy.Controller.Storage;
using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Controller.Remote;

/// <summary>Logs in to installed systems with OpenSSH's client. Only a host that has one of the keys of its own installation is believed.</summary>
internal sealed class OpenSsh(ControllerConfiguration configuration, ControllerKey key, HostKeyStore hostKeys) : IRemoteShell
{
    public bool Knows(Node node) => hostKeys.Of(node.Name).Count > 0;

    public async Task<string?> BootIdAsync(Node node, CancellationToken cancellationToken)
    {
        var result = await SshAsync(node, "cat /proc/sys/kernel/random/boot_id", null, configuration.Ssh.ConnectTimeout * 3, cancellationToken);
        return result.Succeeded && Guid.TryParse(result.Output.Trim(), out var bootId) ? bootId.ToString("D") : null;
    }

    public Task<ProgramResult> RunAsync(Node node, string command, ReadOnlyMemory<byte>? input, TimeSpan deadline, CancellationToken cancellationToken) =>
        SshAsync(node, command, input is { } bytes ? (stream, stop) => stream.WriteAsync(bytes, stop).AsTask() : null, deadline, cancellationToken);

    public async Task<ProgramResult> CopyAsync(Node node, string file, string destination, TimeSpan deadline, CancellationToken cancellationToken)
    {
        await using var from = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read);
        return await SshAsync(
            node,
            // Written beside and renamed: a file that is there is a whole one.
            $"mkdir -p {Path.GetDirectoryName(destination)} && cat >{destination}.part && mv {destination}.part {destination}",
            (stream, stop) => from.CopyToAsync(stream, stop),
            deadline,
            cancellationToken);
    }

    private async Task<ProgramResult> SshAsync(
        Node node, string command, Func<Stream, CancellationToken, Task>? input, TimeSpan deadline, CancellationToken cancellationToken)
    {
        var known = Path.Combine(Path.GetDirectoryName(key.File)!, $"known_hosts.{node.Name}");
        PrivateFile.Write(known, string.Concat(hostKeys.Of(node.Name).Select(k => $"{node.Name} {k}\n")));
        var ssh = configuration.Ssh;
        IReadOnlyList<string> arguments =
        [
            // No configuration but this: a site's ssh_config must not send us elsewhere.
            "-F", "none", "-i", key.File, "-p", Number(ssh.Port), "-l", ssh.User,
            "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=yes",
            "-o", $"UserKnownHostsFile={known}", "-o", "GlobalKnownHostsFile=none", "-o", $"HostKeyAlias={node.Name}", "-o", "CheckHostIP=no",
            "-o", $"ConnectTimeout={Number((int)Math.Ceiling(ssh.ConnectTimeout.TotalSeconds))}", "-o", "LogLevel=ERROR",
            "--", node.Address, command,
        ];
        return await ProgramRunner.RunAsync("ssh", arguments, null, deadline, cancellationToken, input);
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
