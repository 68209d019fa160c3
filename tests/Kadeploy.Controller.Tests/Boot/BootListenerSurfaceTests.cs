using System.Net;
using Kadeploy.Controller.Tests.Support;

namespace Kadeploy.Controller.Tests.Boot;

/// <summary>What the boot listener serves to anyone, and nothing more.</summary>
public sealed class BootListenerSurfaceTests(SharedController shared) : IClassFixture<SharedController>
{
    private readonly TestController _controller = shared.Controller;

    [Theory]
    [InlineData("/vmlinuz", HttpStatusCode.OK)]
    [InlineData("/initramfs", HttpStatusCode.OK)]
    [InlineData("/boot.ipxe", HttpStatusCode.OK)]
    [InlineData("/localboot.efi", HttpStatusCode.NotFound)] // not built here
    [InlineData("/", HttpStatusCode.NotFound)]
    [InlineData("/manifest.json", HttpStatusCode.NotFound)]
    [InlineData("/..%2fstate%2fadmin.token", HttpStatusCode.NotFound)]
    [InlineData("/vmlinuz/../../state/admin.token", HttpStatusCode.NotFound)]
    [InlineData("/v1/info", HttpStatusCode.NotFound)]
    [InlineData("/v1/nodes", HttpStatusCode.NotFound)]
    [InlineData("/kadeploy.agent.v1.AgentLink/Session", HttpStatusCode.NotFound)]
    public async Task Get_Path_OnlyWhatABootingMachineNeeds(string path, HttpStatusCode expected)
    {
        _controller.Folder.Write("boot/manifest.json", "{}");
        Assert.Equal(expected, (await _controller.Boot.GetAsync(path)).StatusCode);
    }

    [Theory]
    [InlineData("/boot.ipxe")]
    [InlineData("/vmlinuz")]
    [InlineData("/node.ipxe?mac=52:54:00:00:00:01")]
    public async Task Get_BootPathOnTheApi_IsNotThere(string path) =>
        Assert.Equal(HttpStatusCode.NotFound, (await _controller.Api.GetAsync(path)).StatusCode);

    [Fact]
    public async Task Get_OtherHostHeader_ChangesNothing()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/info");
        request.Headers.Host = $"127.0.0.1:{_controller.Host.Addresses.Api}";
        Assert.Equal(HttpStatusCode.NotFound, (await _controller.Boot.SendAsync(request)).StatusCode);
    }

    [Theory]
    [InlineData("/node.ipxe")]
    [InlineData("/node.ipxe?mac=")]
    [InlineData("/node.ipxe?mac=52:54:00:00:00")]
    [InlineData("/node.ipxe?mac=52:54:00:00:00:0g")]
    [InlineData("/node.ipxe?mac=52:54:00:00:00:01%0aboot")]
    public async Task NodeScript_NoMac_IsRefused(string path) =>
        Assert.Equal(HttpStatusCode.BadRequest, (await _controller.Boot.GetAsync(path)).StatusCode);
}
