using Kadeploy.Agent.Linux;

namespace Kadeploy.Agent.Tests;

/// <summary>A mount that is gone after the test.</summary>
internal sealed class TemporaryMount : IDisposable
{
    private readonly string _point;

    private TemporaryMount(string point) => _point = point;

    public static TemporaryMount Make(string device, string point, string kind)
    {
        Directory.CreateDirectory(point);
        Assert.Equal(0, FileSystems.Mount(device, point, kind, 0));
        return new TemporaryMount(point);
    }

    public void Dispose() => Assert.Equal(0, FileSystems.Unmount(_point));
}
