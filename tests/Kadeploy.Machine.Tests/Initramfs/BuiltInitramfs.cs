namespace Kadeploy.Machine.Tests.Initramfs;

/// <summary>One build with the virtio drivers, for all tests that only look at its result.</summary>
public sealed class BuiltInitramfs : IAsyncLifetime, IDisposable
{
    private readonly InitramfsBuilder _builder = new();

    public string Folder => Path.Combine(_builder.Folder.Path, "boot");

    public long AgentSize => new FileInfo(_builder.Agent).Length;

    public async Task InitializeAsync()
    {
        var (exitCode, _, error) = await _builder.RunAsync("--out", Folder);
        Assert.True(exitCode == 0, error);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => _builder.Dispose();
}
