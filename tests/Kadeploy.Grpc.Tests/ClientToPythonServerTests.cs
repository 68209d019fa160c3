namespace Kadeploy.Grpc.Tests;

public sealed class ClientToPythonServerTests : ClientTests
{
    private PythonPeer _server = null!;

    private protected override async Task<Uri> StartServerAsync()
    {
        (_server, var address) = await PythonPeer.ServeAsync();
        return address;
    }

    private protected override async Task StopServerAsync() => await _server.DisposeAsync();

    private protected override Task<string> NextEventAsync(string what) => _server.NextLineAsync(what);
}
