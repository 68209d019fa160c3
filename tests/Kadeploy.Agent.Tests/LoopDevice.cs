using System.Globalization;

namespace Kadeploy.Agent.Tests;

/// <summary>A file as a block device, losetup(8); needs root.</summary>
internal sealed class LoopDevice : IDisposable
{
    private LoopDevice(string path) => Path = path;

    /// <summary>"/dev/loop3".</summary>
    public string Path { get; }

    /// <summary>Makes the file too.</summary>
    public static LoopDevice Make(string file, long bytes)
    {
        using (var stream = new FileStream(file, FileMode.CreateNew))
            stream.SetLength(bytes);
        return Of(file, 0, bytes);
    }

    /// <summary>Of a part of a file: what a partition is to a disk.</summary>
    public static LoopDevice Of(string file, long offset, long bytes) => new(TestProgram.Run(
        "losetup", "", "--find", "--show",
        "--offset", offset.ToString(CultureInfo.InvariantCulture), "--sizelimit", bytes.ToString(CultureInfo.InvariantCulture), file));

    public void Dispose() => TestProgram.Run("losetup", "", "--detach", Path);
}
