namespace Kadeploy.Machine.Tests;

/// <summary>What lies on a disk, compared with the image it was made from.</summary>
internal static class ImageComparison
{
    private const int Root = 3;

    // What the configure step writes, and what a first boot changes; everything else is the image's, bit for bit.
    private static readonly string[] ConfiguredPaths =
    [
        "etc/hostname", "etc/hosts", "etc/fstab", "etc/machine-id", "etc/kadeploy", "etc/resolv.conf", "root", "boot/grub", "lost+found", "run", "proc", "sys", "dev", "tmp", "var",
    ];

    public static void AssertSame(WrittenDisk disk, string node)
    {
        var folder = Directory.CreateTempSubdirectory("kadeploy-disk-").FullName;
        try
        {
            disk.Dump(Root, folder);
            var image = Path.ChangeExtension(Repository.TinyEnvironment, ".tar.zst");
            var compared = ProgramRun.Of(TimeSpan.FromMinutes(3), "/usr/bin/tar", "--zstd", "--diff", "--file", image, "--directory", folder);
            var differences = (compared.Output + compared.Error).Split('\n', StringSplitOptions.RemoveEmptyEntries)
                // Times of folders move when files are made in them; debugfs restores none of them.
                .Where(line => !line.EndsWith("Mod time differs", StringComparison.Ordinal) && !line.StartsWith("/usr/bin/tar:", StringComparison.Ordinal))
                .Where(line => !ConfiguredPaths.Any(path => line.StartsWith("./" + path, StringComparison.Ordinal)))
                .ToList();
            Assert.True(differences.Count == 0, $"{node}: the disk differs from the image:\n{string.Join('\n', differences.Take(20))}");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
