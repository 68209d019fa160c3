using Kadeploy.Agent.Init;

namespace Kadeploy.Agent.Tests.Init;

public sealed class NetworkNewsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task WaitAsync_BeforeInitTells_EndsWhenItDoes()
    {
        var agent = new NetworkNews(_folder["run"]);
        var waiting = agent.WaitAsync(TimeProvider.System, CancellationToken.None);
        Assert.False(waiting.IsCompleted);

        new NetworkNews(_folder["run"]).Tell("eth7", ["pci:v00001AF4", "virtio:d00000001"]);

        Assert.Equal("eth7", await waiting.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal(["pci:v00001AF4", "virtio:d00000001"], agent.Drivers);
    }

    [Fact]
    public async Task WaitAsync_AgentStartedAgain_FindsWhatInitToldTheFirst()
    {
        new NetworkNews(_folder["run"]).Tell("eth0", []);

        Assert.Equal("eth0", await new NetworkNews(_folder["run"]).WaitAsync(TimeProvider.System, CancellationToken.None));
        Assert.Equal("eth0", await new NetworkNews(_folder["run"]).WaitAsync(TimeProvider.System, CancellationToken.None));
    }
}
