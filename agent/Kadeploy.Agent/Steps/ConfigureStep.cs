using Kadeploy.Agent.Disks;
using Kadeploy.Agent.Target;

namespace Kadeploy.Agent.Steps;

/// <summary>
/// Turns an image that is the same everywhere into this node's system: (1) names, (2) fstab, (3) keys of people, (4) files of the controller,
/// (5) what must differ between machines: machine id, random seed, SSH host keys.
/// </summary>
internal sealed class ConfigureStep(
    Workshop workshop, string hostName, string domain, IReadOnlyList<string> keys, IReadOnlyList<FileToWrite> files, bool writeFstab, bool hostKeys)
    : IStep
{
    public string Title => $"configure {hostName}";

    public async Task<StepOutcome> RunAsync(StepProgress progress, CancellationToken cancellation)
    {
        if (workshop.MountedTarget().Failed(out var failure, out var mounted))
            return failure;
        var target = new TargetFiles(workshop.Target.Paths);
        var facts = new Dictionary<string, string>();
        try
        {
            // 1
            if (hostName.Length > 0)
            {
                target.WriteText("/etc/hostname", $"{hostName}\n");
                target.WriteText("/etc/hosts", Hosts.Text(target.ReadText("/etc/hosts"), hostName, domain));
            }
            // 2
            if (writeFstab && await WriteFstabAsync(target, mounted, cancellation) is { } unwritten)
                return unwritten;
            // 3
            if (keys.Count > 0)
                AuthorizedKeys.Add(target, "/root/.ssh", keys);
            // 4
            foreach (var file in files)
                target.Write(file.Path, file.Content.Span, file.Mode);
            // 5
            ForgetIdentity(target);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new StepFailed(Party.Image, "configure-failed", exception.Message);
        }
        if (hostKeys)
        {
            progress("ssh-keygen");
            if ((await new SshHostKeys(workshop.Runner, workshop.Target).RenewAsync(cancellation)).Failed(out failure, out var publicKeys))
                return failure;
            foreach (var (name, key) in publicKeys)
                facts[name] = key;
        }
        return new StepDone(facts);
    }

    private async Task<StepFailed?> WriteFstabAsync(TargetFiles target, MountedRoot mounted, CancellationToken cancellation)
    {
        if (await workshop.Blkid.ProbeAsync(mounted.Device, cancellation) is not { Uuid.Length: > 0 } root)
            return new StepFailed(Party.Disk, "no-file-system", $"the root file system on {mounted.Device} has no UUID");
        var swaps = new List<string>();
        var esp = "";
        foreach (var partition in DiskPartitions.Of(workshop.Root, mounted.Disk).Where(each => each.Device != mounted.Device))
            switch (await workshop.Blkid.ProbeAsync(partition.Device, cancellation))
            {
                case { Kind: "swap" } swap:
                    swaps.Add(swap.Uuid);
                    break;
                case { IsEsp: true, Kind: "vfat" } system:
                    esp = system.Uuid;
                    break;
            }
        target.WriteText("/etc/fstab", Fstab.Text(target.ReadText("/etc/fstab"), root.Uuid, mounted.Kind, swaps, esp));
        if (esp.Length > 0)
            target.MakeFolder("/boot/efi");
        return null;
    }

    private void ForgetIdentity(TargetFiles target)
    {
        // Empty, not absent: systemd fills it in at the first boot (machine-id(5)).
        if (workshop.Target.Paths.IsFile("/etc/machine-id"))
            target.WriteText("/etc/machine-id", "", UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        // A copy of the former one would win over it; as a link it follows.
        if (workshop.Target.Paths.Resolve("/var/lib/dbus/machine-id", followLast: false) is { } copy && new FileInfo(copy) is { Exists: true, LinkTarget: null })
            File.Delete(copy);
        target.Remove("/var/lib/systemd/random-seed");
    }
}
