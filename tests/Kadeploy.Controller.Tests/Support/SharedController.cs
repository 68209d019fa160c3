namespace Kadeploy.Controller.Tests.Support;

/// <summary>One controller for tests that change nothing in it.</summary>
public sealed class SharedController : IAsyncLifetime
{
    internal TestController Controller { get; private set; } = null!;

    public async Task InitializeAsync() => Controller = await TestController.StartAsync();

    public async Task DisposeAsync() => await Controller.DisposeAsync();
}
