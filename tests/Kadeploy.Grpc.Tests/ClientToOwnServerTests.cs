namespace Kadeploy.Grpc.Tests;

public sealed class ClientToOwnServerTests : ClientTests
{
    private ProbeServer _server = null!;

    private protected override async Task<Uri> StartServerAsync() => (_server = await ProbeServer.StartAsync()).Address;

    private protected override async Task StopServerAsync() => await _server.DisposeAsync();

    private protected override Task<string> NextEventAsync(string what) => _server.Service.NextEventAsync(what);
}
