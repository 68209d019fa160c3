using System.Net;
using System.Net.Http.Headers;
using Kadeploy.Controller.Boot;
using Kadeploy.Controller.Storage;
using Kadeploy.Controller.Tests.Support;

namespace Kadeploy.Controller.Tests.Boot;

public sealed class BootListenerTests : IAsyncLifetime
{
    private const string Mac = "52:54:00:00:00:01";
    private TestController _controller = null!;

    public async Task InitializeAsync() => _controller = await TestController.StartAsync();

    public async Task DisposeAsync() => await _controller.DisposeAsync();

    [Fact]
    public async Task Get_Range_ThatPartOfTheFile()
    {
        _controller.Folder.Write("boot/vmlinuz", "0123456789");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/vmlinuz") { Headers = { Range = new RangeHeaderValue(2, 5) } };
        using var response = await _controller.Boot.SendAsync(request);
        Assert.Equal((HttpStatusCode.PartialContent, "2345"), (response.StatusCode, await response.Content.ReadAsStringAsync()));
    }

    [Theory]
    [InlineData(200_000)]
    [InlineData(200_001)]
    [InlineData(200_003)]
    public async Task Initramfs_AsServed_EndsWithAnArchiveOfThePin(int length)
    {
        var built = new byte[length];
        new Random(1).NextBytes(built);
        _controller.Folder.Write("boot/initramfs", built);

        var served = await _controller.Boot.GetByteArrayAsync("/initramfs");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/initramfs") { Headers = { Range = new RangeHeaderValue(length - 10, length + 50) } };
        using var part = await _controller.Boot.SendAsync(request);
        using var head = await _controller.Boot.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/initramfs"));

        Assert.Equal(built, served[..length]);
        var start = (length + 3) / 4 * 4;
        Assert.All(served[length..start], b => Assert.Equal(0, b));
        Assert.Equal(["etc", "etc/kadeploy", "etc/kadeploy/controller.pin"], Unpack(served.AsSpan(start)).Select(e => e.Name));
        Assert.Equal(_controller.Host.Pin + "\n", Unpack(served.AsSpan(start))[^1].Content);
        Assert.Equal(served[(length - 10)..(length + 51)], await part.Content.ReadAsByteArrayAsync());
        Assert.Equal(served.Length, head.Content.Headers.ContentLength);
    }

    [Theory]
    [InlineData("pcbios", "sanboot")]
    [InlineData("efi", "localboot.efi")]
    public async Task NodeScript_RegisteredAndNotArmed_BootsItsDisk(string platform, string expected)
    {
        await _controller.AddNodeAsync("node-1", Mac);
        var script = await ScriptAsync(Mac, platform);
        Assert.Contains(expected, script, StringComparison.Ordinal);
        Assert.DoesNotContain("vmlinuz", script, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NodeScript_Armed_DeploysOnceAndThenBootsItsDisk()
    {
        await _controller.AddNodeAsync("node-1", Mac);
        await _controller.Service<ArmingStore>().ArmAsync(new Arming("node-1", "D-1", "a1"));
        Assert.Contains("kadeploy.token=", await ScriptAsync(Mac.ToUpperInvariant().Replace(':', '-')), StringComparison.Ordinal);
        Assert.DoesNotContain("vmlinuz", await ScriptAsync(Mac), StringComparison.Ordinal);
    }

    [Fact]
    public async Task NodeScript_ArmedButAnotherMacAsks_StaysArmed()
    {
        await _controller.AddNodeAsync("node-1", Mac);
        await _controller.AddNodeAsync("node-2", "52:54:00:00:00:02");
        await _controller.Service<ArmingStore>().ArmAsync(new Arming("node-1", "D-1", "a1"));
        Assert.DoesNotContain("kadeploy.token", await ScriptAsync("52:54:00:00:00:02"), StringComparison.Ordinal);
        Assert.Contains("kadeploy.token", await ScriptAsync(Mac), StringComparison.Ordinal);
    }

    [Fact]
    public async Task NodeScript_UnknownMachine_EnrolsWithoutAToken()
    {
        var script = await ScriptAsync(Mac);
        Assert.Contains("vmlinuz", script, StringComparison.Ordinal);
        Assert.DoesNotContain("token", script, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_AfterTheScript_AreSeenAsThatMachines()
    {
        await ScriptAsync(Mac);
        await _controller.Boot.GetByteArrayAsync("/vmlinuz");
        await _controller.Boot.GetByteArrayAsync("/initramfs");
        var watch = _controller.Service<BootWatch>();
        await Eventually.TrueAsync(() => watch.LastOf(Mac)?.What == "it fetched the initramfs", "the sighting of the initramfs");
    }

    [Fact]
    public async Task Report_WithItsToken_EveryBootIsTaken()
    {
        await _controller.AddNodeAsync("node-1", Mac);
        var token = await _controller.Service<ReportStore>().MakeTokenAsync("node-1", "D-1");
        var bootId = Guid.NewGuid().ToString("D");

        Assert.Equal(HttpStatusCode.BadRequest, await ReportAsync(token, "hello"));
        Assert.Equal(HttpStatusCode.BadRequest, await ReportAsync(token, new string('a', 5000)));
        Assert.Equal(HttpStatusCode.NoContent, await ReportAsync(token, bootId + "\n"));
        Assert.Equal(HttpStatusCode.NoContent, await ReportAsync(token, bootId)); // the answer may have been lost
        var next = Guid.NewGuid().ToString("D");
        Assert.Equal(HttpStatusCode.NoContent, await ReportAsync(token, next));
        Assert.Equal(HttpStatusCode.NotFound, await ReportAsync(new string('0', 64), bootId));
        Assert.Equal([next], _controller.Service<ReportStore>().BootIds("node-1", "D-1"));
    }

    // cpio(5), "New ASCII format": header of 110 characters, name and content padded to four.
    private static List<(string Name, string Content)> Unpack(ReadOnlySpan<byte> archive)
    {
        var text = System.Text.Encoding.ASCII.GetString(archive);
        var entries = new List<(string, string)>();
        for (var at = 0; ;)
        {
            Assert.Equal("070701", text.Substring(at, 6));
            var size = Convert.ToInt32(text.Substring(at + 54, 8), 16);
            var nameSize = Convert.ToInt32(text.Substring(at + 94, 8), 16);
            var name = text.Substring(at + 110, nameSize - 1);
            var content = (at + 110 + nameSize + 3) / 4 * 4;
            at = (content + size + 3) / 4 * 4;
            if (name == "TRAILER!!!")
            {
                Assert.Equal(text.Length, at);
                return entries;
            }
            entries.Add((name, text.Substring(content, size)));
        }
    }

    private async Task<HttpStatusCode> ReportAsync(string token, string body)
    {
        using var content = new StringContent(body);
        using var response = await _controller.Boot.PostAsync($"/report/{token}", content);
        return response.StatusCode;
    }

    private Task<string> ScriptAsync(string mac, string platform = "pcbios") => _controller.Boot.GetStringAsync($"/node.ipxe?mac={mac}&platform={platform}");
}
