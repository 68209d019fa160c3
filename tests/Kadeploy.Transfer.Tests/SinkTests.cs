using System.Diagnostics;

namespace Kadeploy.Transfer.Tests;

/// <summary>The sinks with the real programs.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class SinkTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kadeploy-sink").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string At(string name) => Path.Combine(_folder, name);

    private static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var text = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(60_000), $"{program} still runs after 60 s");
        Assert.True(process.ExitCode == 0, process.StandardError.ReadToEnd());
        return text;
    }

    private static void Feed(ISink sink, byte[] image, int piece = 100_000)
    {
        sink.Begin(image.Length);
        for (var at = 0; at < image.Length; at += piece)
            sink.Append(image.AsSpan(at, Math.Min(piece, image.Length - at)));
        sink.Complete();
    }

    private byte[] Compress(byte[] data, Compression compression)
    {
        File.WriteAllBytes(At("plain"), data);
        if (compression == Compression.None)
            return data;
        var (program, suffix) = compression switch
        {
            Compression.Gzip => ("gzip", ".gz"),
            Compression.Bzip2 => ("bzip2", ".bz2"),
            Compression.Xz => ("xz", ".xz"),
            _ => ("zstd", ".zst"),
        };
        Run("/usr/bin/" + program, "-k", "-q", At("plain"));
        return File.ReadAllBytes(At("plain" + suffix));
    }

    [Theory]
    [InlineData(Compression.None)]
    [InlineData(Compression.Gzip)]
    [InlineData(Compression.Bzip2)]
    [InlineData(Compression.Xz)]
    [InlineData(Compression.Zstd)]
    public void DiskSink_EachCompression_WritesTheImage(Compression compression)
    {
        var image = Chain.RandomImage(3_000_001);
        image.AsSpan(500_000, 1_000_000).Clear();
        image.AsSpan(2_900_000).Clear();
        using (var sink = DecompressedSink.Create(At("disk"), compression))
            Feed(sink, Compress(image, compression));
        Assert.Equal(image, File.ReadAllBytes(At("disk")));
    }

    [Fact]
    public void FileSink_ZeroRuns_AreLeftOut()
    {
        using (var sink = new FileSink(At("disk")))
            Feed(sink, new byte[8 << 20], 1 << 20);
        Assert.Equal(8 << 20, new FileInfo(At("disk")).Length);
        Assert.Equal("0", Run("/usr/bin/stat", "-c", "%b", At("disk")).Trim());
    }

    // The loop driver takes discards, as SSDs and thin disks do.
    private string Loop(int bytes, byte content)
    {
        var old = new byte[bytes];
        Array.Fill(old, content);
        File.WriteAllBytes(At("backing"), old);
        return Run("/usr/sbin/losetup", "--find", "--show", At("backing")).Trim();
    }

    private static void Detach(string device) => Run("/usr/sbin/losetup", "--detach", device);

    [Theory]
    [InlineData(64 << 10)]
    [InlineData(1 << 20)]
    [InlineData(100_000)]
    public void FileSink_DeviceWithOldContent_ReadsAsTheImage(int piece)
    {
        var image = Chain.RandomImage(8 << 20);
        image.AsSpan(1 << 20, 4 << 20).Clear();
        image.AsSpan((7 << 20) - 5000).Clear();
        var device = Loop(9 << 20, 0xee);
        try
        {
            using (var sink = new FileSink(device))
                Feed(sink, image, piece);
            var written = File.ReadAllBytes(device);
            Assert.True(image.AsSpan().SequenceEqual(written.AsSpan(0, image.Length)), "the device has other bytes");
            Assert.All(written[image.Length..], b => Assert.Equal(0xee, b));
        }
        finally
        {
            Detach(device);
        }
    }

    [Fact]
    public void FileSink_DeviceThatDiscards_IsNotSentTheZeros()
    {
        var device = Loop(16 << 20, 0xee);
        try
        {
            using (var sink = new FileSink(device))
                Feed(sink, new byte[16 << 20], 1 << 20);
            Assert.True(long.Parse(Run("/usr/bin/stat", "-c", "%b", At("backing"))) * 512 < 1 << 20, "the zeros were written");
        }
        finally
        {
            Detach(device);
        }
    }

    [Fact]
    public void DecompressedSink_ImageExpandsBeyondTheDevice_SaysTooSmall()
    {
        var device = Loop(1 << 20, 0);
        try
        {
            using var sink = new DecompressedSink(device, Compression.Zstd);
            var image = Compress(Chain.RandomImage(2 << 20), Compression.Zstd);
            Assert.Equal(Reasons.DiskTooSmall, Assert.Throws<SinkException>(() => Feed(sink, image)).Reason);
        }
        finally
        {
            Detach(device);
        }
    }

    [Theory]
    [InlineData(Compression.None)]
    [InlineData(Compression.Gzip)]
    public void TarSink_FileSystemFull_FailsWithTarsWords(Compression compression)
    {
        File.WriteAllBytes(At("big"), Chain.RandomImage(3_000_000));
        Run("/usr/bin/tar", "-C", _folder, "-cf", At("a.tar"), "big");
        Directory.CreateDirectory(At("small"));
        Run("/usr/bin/mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", At("small"));
        try
        {
            using var sink = new TarSink(At("small"), compression);
            var failure = Assert.Throws<SinkException>(() => Feed(sink, Compress(File.ReadAllBytes(At("a.tar")), compression)));
            Assert.Equal(Reasons.ExtractFailed, failure.Reason);
            Assert.Contains("big: Wrote only", failure.Message);
        }
        finally
        {
            Run("/usr/bin/umount", At("small"));
        }
    }

    [Fact]
    public void TarSink_OwnersAttributesListsLinksAndDevices_ComeOutTheSame()
    {
        Directory.CreateDirectory(At("tree/dir"));
        File.WriteAllText(At("tree/owned"), "x");
        Run("/usr/bin/chown", "1234:5678", At("tree/owned"));
        File.WriteAllText(At("tree/suid"), "x");
        Run("/usr/bin/chmod", "6755", At("tree/suid"));
        Run("/usr/bin/setfattr", "-n", "user.kadeploy", "-v", "kept", At("tree/owned"));
        Run("/usr/bin/setfattr", "-n", "security.capability", "-v", "0x0100000200200000000000000000000000000000", At("tree/suid"));
        Run("/usr/bin/setfacl", "-m", "u:4321:rwx", At("tree/owned"));
        Run("/usr/bin/setfacl", "-d", "-m", "g:4321:rx", At("tree/dir"));
        Run("/usr/bin/ln", "-s", "/no/where", At("tree/soft"));
        Run("/usr/bin/ln", At("tree/owned"), At("tree/hard"));
        Run("/usr/bin/mkfifo", At("tree/pipe"));
        Run("/usr/bin/mknod", At("tree/null"), "c", "1", "3");
        Run("/usr/bin/mknod", At("tree/loop"), "b", "7", "0");
        Run("/usr/bin/truncate", "-s", "32M", At("tree/holes"));
        Run("/usr/bin/touch", "-h", "-d", "2020-02-02 02:02:02 UTC", At("tree/soft"), At("tree/owned"));
        Run("/usr/bin/tar", "-C", At("tree"), "--sparse", "--xattrs", "--xattrs-include=*", "--acls", "--numeric-owner", "-cf", At("a.tar"), ".");
        Directory.CreateDirectory(At("out"));
        using (var sink = new TarSink(At("out"), Compression.Zstd))
            Feed(sink, Compress(File.ReadAllBytes(At("a.tar")), Compression.Zstd));

        string Look(string root) => string.Join("\n",
            Run("/usr/bin/find", root, "-mindepth", "1", "-printf", "%P %y %U:%G %m %n %s %l %T@\n").Split('\n').Where(l => !l.StartsWith("dir ", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
            + Run("/usr/bin/stat", "-c", "%t:%T", Path.Combine(root, "null"), Path.Combine(root, "loop"))
            + Run("/usr/bin/getfattr", "-d", "-m", "-", Path.Combine(root, "owned"), Path.Combine(root, "suid")).Replace(root, "", StringComparison.Ordinal)
            + Run("/usr/bin/getfacl", "-n", Path.Combine(root, "owned"), Path.Combine(root, "dir")).Replace(root, "", StringComparison.Ordinal);
        Assert.Equal(Look(At("tree")).Replace(At("tree")[1..], "", StringComparison.Ordinal), Look(At("out")).Replace(At("out")[1..], "", StringComparison.Ordinal));
        Assert.Contains("user.kadeploy", Look(At("out")));
        Assert.Contains("security.capability", Look(At("out")));
        Assert.Contains("user:4321:rwx", Look(At("out")));
        Assert.True(long.Parse(Run("/usr/bin/stat", "-c", "%b", At("out/holes"))) * 512 < 1 << 20, "the sparse file was filled");
        Assert.Equal("2", Run("/usr/bin/stat", "-c", "%h", At("out/hard")).Trim());
    }

    [Theory]
    [InlineData("/dev/vda2", "VIRTIO-1")]
    [InlineData("/mnt/some dir/image", "VIRTIO-1")]
    [InlineData("/dev/nvme0n1", "NVME 7")]
    [InlineData("/dev/sda", "SCSI9")]
    [InlineData("/proc/x", "")]
    public void DiskSerial_OfDevicePartitionOrFile_IsTheDisks(string path, string serial)
    {
        var disks = At("sys/devices");
        Directory.CreateDirectory($"{disks}/vda/vda2");
        File.WriteAllText($"{disks}/vda/serial", "VIRTIO-1");
        File.WriteAllText($"{disks}/vda/vda2/partition", "2\n");
        Directory.CreateDirectory($"{disks}/nvme0n1/device");
        File.WriteAllText($"{disks}/nvme0n1/device/serial", "NVME 7  \n");
        Directory.CreateDirectory($"{disks}/sda/device");
        File.WriteAllBytes($"{disks}/sda/device/vpd_pg80", [0, 0x80, 0, 5, .. "SCSI9"u8]);
        Directory.CreateDirectory(At("sys/class/block"));
        Directory.CreateDirectory(At("sys/dev/block"));
        foreach (var (name, target) in new[] { ("vda2", "vda/vda2"), ("nvme0n1", "nvme0n1"), ("sda", "sda") })
            Directory.CreateSymbolicLink(At($"sys/class/block/{name}"), $"{disks}/{target}");
        Directory.CreateSymbolicLink(At("sys/dev/block/254:2"), $"{disks}/vda/vda2");
        string[] mounts = ["1 0 0:21 / / rw - overlay overlay rw", "2 1 254:2 / /mnt/some\\040dir rw - ext4 /dev/vda2 rw", "3 1 0:5 / /proc rw - proc proc rw"];
        Assert.Equal(serial, DiskSerial.In(At("sys"), mounts, path));
    }

    [Fact]
    public void FileSink_DeviceTooSmall_Refuses()
    {
        // /dev/null has no size: the smallest device every machine has.
        using var sink = new FileSink("/dev/null");
        Assert.Equal(Reasons.DiskTooSmall, Assert.Throws<SinkException>(() => sink.Begin(1)).Reason);
    }

    [Fact]
    public void DecompressedSink_NotThatCompression_NamesTheProgram()
    {
        using var sink = new DecompressedSink(At("disk"), Compression.Zstd);
        var failure = Assert.Throws<SinkException>(() => Feed(sink, Chain.RandomImage(4_000_000)));
        Assert.Equal(Reasons.ExtractFailed, failure.Reason);
        Assert.Contains("zstd ended with 1", failure.Message);
    }

    [Theory]
    [InlineData(Compression.None)]
    [InlineData(Compression.Gzip)]
    [InlineData(Compression.Bzip2)]
    [InlineData(Compression.Xz)]
    [InlineData(Compression.Zstd)]
    public void TarSink_RealTree_ComesOutTheSame(Compression compression)
    {
        Directory.CreateDirectory(At("tree/sub"));
        File.WriteAllBytes(At("tree/sub/data"), Chain.RandomImage(2_000_000));
        File.WriteAllText(At("tree/mode"), "x");
        File.SetUnixFileMode(At("tree/mode"), UnixFileMode.UserRead | UnixFileMode.SetUser | UnixFileMode.OtherExecute);
        File.CreateSymbolicLink(At("tree/link"), "sub/data");
        Run("/usr/bin/ln", At("tree/mode"), At("tree/hard"));
        Run("/usr/bin/tar", "-C", At("tree"), "-cf", At("a.tar"), ".");
        Directory.CreateDirectory(At("out"));
        using (var sink = new TarSink(At("out"), compression))
            Feed(sink, Compress(File.ReadAllBytes(At("a.tar")), compression));
        Assert.Equal(File.ReadAllBytes(At("tree/sub/data")), File.ReadAllBytes(At("out/sub/data")));
        Assert.Equal("sub/data", File.ResolveLinkTarget(At("out/link"), false)!.FullName[(At("out").Length + 1)..]);
        Assert.Equal(File.GetUnixFileMode(At("tree/mode")), File.GetUnixFileMode(At("out/mode")));
        Assert.Equal("2", Run("/usr/bin/stat", "-c", "%h", At("out/hard")).Trim());
    }

    [Theory]
    [InlineData(Compression.None)]
    [InlineData(Compression.Zstd)]
    public void TarSink_NotAnArchive_FailsWithTarsWords(Compression compression)
    {
        Directory.CreateDirectory(At("out"));
        using var sink = new TarSink(At("out"), compression);
        var failure = Assert.Throws<SinkException>(() => Feed(sink, Compress(Chain.RandomImage(8_000_000), compression)));
        Assert.Equal(Reasons.ExtractFailed, failure.Reason);
        Assert.Contains("does not look like a tar archive", failure.Message);
    }

    [Fact]
    public void TarSink_ArchiveCutShort_Fails()
    {
        File.WriteAllBytes(At("data"), Chain.RandomImage(1_000_000));
        Run("/usr/bin/tar", "-C", _folder, "-cf", At("a.tar"), "data");
        Directory.CreateDirectory(At("out"));
        using var sink = new TarSink(At("out"), Compression.None);
        Assert.Throws<SinkException>(() => Feed(sink, File.ReadAllBytes(At("a.tar"))[..500_000]));
    }

    [Fact]
    public async Task TarSink_Aborted_StopsItsPrograms()
    {
        Directory.CreateDirectory(At("out"));
        using var sink = new TarSink(At("out"), Compression.Gzip);
        sink.Begin(1000);
        var complete = Task.Run(() => Assert.Throws<SinkException>(() => Feed2(sink)));
        sink.Abort();
        Assert.True(await Task.WhenAny(complete, Task.Delay(60_000)) == complete, "Complete did not end 60 s after Abort");
        await complete;
    }

    private static void Feed2(TarSink sink)
    {
        var junk = new byte[1 << 20];
        for (var i = 0; i < 100; i++)
            sink.Append(junk);
        sink.Complete();
    }
}
