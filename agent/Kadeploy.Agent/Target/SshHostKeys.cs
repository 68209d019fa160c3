using Kadeploy.Agent.Processes;
using Kadeploy.Agent.Steps;

namespace Kadeploy.Agent.Target;

/// <summary>
/// New SSH host keys, made by the image's own ssh-keygen(1): an image's keys would be the same on every node, and known to whoever has it.
/// </summary>
internal sealed class SshHostKeys(ProcessRunner runner, TargetSystem target)
{
    private const string Folder = "/etc/ssh";

    // Every OpenSSH since 6.5 (2014) speaks one of the two. An RSA key, which ssh-keygen -A would make as well, costs seconds on a slow
    // machine: it was the longest part of the configure step.
    private static readonly string[] Kinds = ["ed25519", "ecdsa"];
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);

    /// <summary>Facts "host-key-ed25519" = "ssh-ed25519 AAAA..."; empty when the image has no SSH server.</summary>
    public async Task<Result<IReadOnlyDictionary<string, string>>> RenewAsync(CancellationToken cancellation)
    {
        var facts = new Dictionary<string, string>();
        if (!target.Paths.IsFile("/usr/bin/ssh-keygen") || !target.Paths.IsFile("/usr/sbin/sshd"))
            return facts;
        var files = new TargetFiles(target.Paths);
        foreach (var name in Names())
            files.Remove($"{Folder}/{name}");
        using (ChrootMounts.Make(target.Paths))
        {
            foreach (var kind in Kinds)
            {
                var made = await runner.RunAsync(new ProcessRequest(
                    Tools.Chroot,
                    [target.Folder, "/usr/bin/ssh-keygen", "-q", "-t", kind, "-N", "", "-f", $"{Folder}/ssh_host_{kind}_key"],
                    Deadline), cancellation);
                if (!made.Succeeded)
                    return new StepFailed(Party.Image, "host-keys-failed", made.Describe());
            }
        }
        foreach (var name in Names().Where(name => name.EndsWith("_key.pub", StringComparison.Ordinal)))
            if (files.ReadText($"{Folder}/{name}").Split(' ') is [var kind, var key, ..])
                facts[$"host-key-{name["ssh_host_".Length..^"_key.pub".Length]}"] = $"{kind} {key.Trim()}";
        return facts;
    }

    private List<string> Names() =>
        target.Paths.Resolve(Folder) is { } folder && Directory.Exists(folder)
            ? [.. Directory.EnumerateFileSystemEntries(folder, "ssh_host_*").Select(Path.GetFileName).OfType<string>()]
            : [];
}
