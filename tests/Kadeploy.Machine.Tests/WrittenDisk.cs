using System.Globalization;
using System.Text.Json;

namespace Kadeploy.Machine.Tests;

/// <summary>A node's disk file, looked at from outside without mounting it.</summary>
internal sealed class WrittenDisk
{
    private readonly string _file;
    private readonly Dictionary<int, long> _starts;

    /// <summary>Reads the partition table.</summary>
    /// <param name="file">Raw disk; its machine must be switched off.</param>
    public WrittenDisk(string file)
    {
        _file = file;
        using var json = JsonDocument.Parse(ProgramRun.OutputOf("/usr/sbin/sfdisk", "--json", file));
        var table = json.RootElement.GetProperty("partitiontable");
        Label = table.GetProperty("label").GetString()!;
        var sector = table.GetProperty("sectorsize").GetInt64();
        _starts = table.GetProperty("partitions").EnumerateArray().ToDictionary(
            p => int.Parse(p.GetProperty("node").GetString()![file.Length..], CultureInfo.InvariantCulture),
            p => p.GetProperty("start").GetInt64() * sector);
    }

    /// <summary><c>gpt</c> or <c>dos</c>.</summary>
    public string Label { get; }

    /// <summary>Content of a file of an ext4 partition.</summary>
    public string Read(int partition, string path) => Debugfs(partition, $"cat {path}");

    /// <summary>Copies an ext4 partition's tree below <paramref name="folder"/>, with owners and modes.</summary>
    public void Dump(int partition, string folder)
    {
        Directory.CreateDirectory(folder);
        Debugfs(partition, $"rdump / {folder}");
    }

    /// <summary>What the superblock of an ext4 partition says, its label among it.</summary>
    public string Superblock(int partition) => Debugfs(partition, "show_super_stats -h");

    /// <summary>Whether the file system of an ext4 partition is sound.</summary>
    public ProgramRun Check(int partition) =>
        ProgramRun.Of(TimeSpan.FromMinutes(1), "/usr/sbin/e2fsck", "-fn", $"{_file}?offset={_starts[partition]}");

    /// <summary>Length of a file on a FAT partition, bytes.</summary>
    public int FatFileLength(int partition, string path)
    {
        var copy = Path.GetTempFileName();
        try
        {
            ProgramRun.OutputOf("/usr/bin/mcopy", "-n", "-o", "-i", $"{_file}@@{_starts[partition]}", "::" + path, copy);
            return (int)new FileInfo(copy).Length;
        }
        finally
        {
            File.Delete(copy);
        }
    }

    private string Debugfs(int partition, string request) =>
        ProgramRun.OutputOf("/usr/sbin/debugfs", "-R", request, $"{_file}?offset={_starts[partition]}");
}
