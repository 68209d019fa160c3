namespace Kadeploy.Testbed;

/// <summary>Files behind virtual disks.</summary>
internal static class Disks
{
    /// <summary>A disk of zeros that takes no room until something is written.</summary>
    public static void CreateEmpty(string path, long bytes)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write);
        file.SetLength(bytes);
    }
}
