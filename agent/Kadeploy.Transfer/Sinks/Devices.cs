namespace Kadeploy.Transfer;

/// <summary>What the sinks must know about block devices.</summary>
internal static class Devices
{
    public static bool IsDevice(string path) => File.Exists(path) && (File.GetAttributes(path) & FileAttributes.Device) != 0
        || path.StartsWith("/dev/", StringComparison.Ordinal);

    public static void Refuse(string path, long size, long needed)
    {
        if (size < needed)
            throw new SinkException(Reasons.DiskTooSmall, $"{path} has {size} bytes, the image needs {needed}");
    }
}
