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
        Assert.True(process.WaitForExit(20_000), $"{program} still runs after 20 s");
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
        Assert.True(await Task.WhenAny(complete, Task.Delay(10_000)) == complete, "Complete did not end 10 s after Abort");
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
