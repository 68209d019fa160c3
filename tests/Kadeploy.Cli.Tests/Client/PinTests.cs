using Kadeploy.Api;
using Kadeploy.Cli.Tests.Support;

namespace Kadeploy.Cli.Tests.Client;

/// <summary>The real binary against a controller with a certificate of its own.</summary>
public sealed class PinTests : IAsyncLifetime
{
    private FakeController _fake = null!;

    public async Task InitializeAsync()
    {
        _fake = await FakeController.StartAsync(tls: true);
        _fake.On("GET /v1/info", new ControllerInfo("kadeployd", "1.0.0", 1, "ab12"), ApiJson.Default.ControllerInfo);
    }

    public async Task DisposeAsync() => await _fake.DisposeAsync();

    [Fact]
    public async Task Info_PinnedCertificate_IsAccepted()
    {
        var result = await CliRun.RunAsync(_fake, ["info", "--fingerprint", _fake.Fingerprint]);
        Assert.Equal((0, ""), (result.Code, result.Error));
    }

    [Fact]
    public async Task Info_NothingPinned_IsRefusedWithTheFingerprintToCompare()
    {
        var result = await CliRun.RunAsync(_fake, ["info"]);
        Assert.Equal(1, result.Code);
        Assert.Contains($"shows the certificate {_fake.Fingerprint.ToLowerInvariant()}, for which nobody vouches", result.Error, StringComparison.Ordinal);
        Assert.Contains("[certificate-not-trusted]", result.Error, StringComparison.Ordinal);
        Assert.Empty(_fake.Requests);
    }

    [Fact]
    public async Task Info_AnotherPinned_IsRefusedAndNothingIsSent()
    {
        var result = await CliRun.RunAsync(_fake, ["info", "--fingerprint", new string('0', 64)]);
        Assert.Equal(1, result.Code);
        Assert.Contains("somebody stands in between", result.Error, StringComparison.Ordinal);
        Assert.Empty(_fake.Requests);
    }
}
