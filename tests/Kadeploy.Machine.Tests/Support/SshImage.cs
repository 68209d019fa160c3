namespace Kadeploy.Machine.Tests.Support;

/// <summary>
/// The tiny image with this machine's SSH server and kexec in it: a system that can be asked for its boot id, told to reboot, and left by kexec.
/// </summary>
internal static class SshImage
{
    public const string Name = "tiny-ssh";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly string[] Programs = ["/usr/sbin/sshd", "/usr/bin/ssh-keygen", "/usr/sbin/kexec"];

    /// <summary>Makes the image and its description in a folder.</summary>
    /// <returns>The description.</returns>
    /// <param name="folder">Where.</param>
    public static string Make(string folder)
    {
        var root = folder + "/root";
        Directory.CreateDirectory(root);
        Run("/usr/bin/tar", "--zstd", "--extract", "--numeric-owner", "--same-owner", "--file", Path.ChangeExtension(Repository.TinyEnvironment, ".tar.zst"), "--directory", root);
        foreach (var file in Programs.Concat(Programs.SelectMany(Libraries)).Distinct())
        {
            Directory.CreateDirectory(root + Path.GetDirectoryName(file));
            Run("/bin/cp", "--dereference", file, root + file);
        }

        Directory.CreateDirectory(root + "/etc/ssh");
        File.WriteAllText(root + "/etc/ssh/sshd_config", "UsePAM no\nPasswordAuthentication no\n");
        File.AppendAllText(root + "/etc/passwd", "sshd:x:100:65534::/run/sshd:/bin/false\n");
        File.WriteAllText(root + "/etc/ssh/serve", "#!/bin/sh\nmkdir -p /run/sshd\nexec /usr/sbin/sshd -D -e\n");
        Run("/bin/chmod", "755", root + "/etc/ssh/serve");
        File.AppendAllText(root + "/etc/inittab", "::respawn:/etc/ssh/serve\n");
        Run("/usr/bin/tar", "--use-compress-program=zstd -1", "--create", "--numeric-owner", "--file", $"{folder}/{Name}.tar.zst", "--directory", root, ".");
        Directory.Delete(root, recursive: true);
        return Describe(folder, Name, "");
    }

    /// <summary>Writes a description of that image.</summary>
    /// <returns>The description.</returns>
    /// <param name="folder">Where the image is.</param>
    /// <param name="name">Name of the environment.</param>
    /// <param name="more">Further fields.</param>
    public static string Describe(string folder, string name, string more)
    {
        File.WriteAllText($"{folder}/{name}.yaml", $$"""
            name: {{name}}
            version: 1
            visibility: public
            os: linux
            image: {file: "{{folder}}/{{Name}}.tar.zst", kind: tar, compression: zstd}
            boot: {kernel: /boot/vmlinuz, initrd: /boot/initrd.img, kernel_params: "console=tty0 console=ttyS0,115200n8 loglevel=4"}
            filesystem: ext4
            {{more}}

            """);
        return $"{folder}/{name}.yaml";
    }

    // ldd(1): "libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x...)", and the loader by its path alone.
    private static IEnumerable<string> Libraries(string program) => ProgramRun.OutputOf("/usr/bin/ldd", program).Split('\n')
        .Select(line => line.Trim().Split(' ').FirstOrDefault(word => word.StartsWith('/'))).OfType<string>();

    private static void Run(string program, params string[] arguments)
    {
        var run = ProgramRun.Of(Patience, program, arguments);
        Assert.True(run.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {run.ExitCode}: {run.Error}");
    }
}
