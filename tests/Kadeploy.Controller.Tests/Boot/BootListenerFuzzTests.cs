using System.Net.Sockets;
using System.Text;
using Kadeploy.Controller.Tests.Support;
using Kadeploy.TestSupport;

namespace Kadeploy.Controller.Tests.Boot;

/// <summary>What firmware asks, changed at random: no failure of the controller, and no token for whoever asks.</summary>
public sealed class BootListenerFuzzTests(SharedController shared) : IClassFixture<SharedController>
{
    private static readonly string[] Good =
    [
        "GET /node.ipxe?mac=52:54:00:00:00:01&uuid=4d2c&serial=S1&platform=efi HTTP/1.1\r\nHost: kadeploy\r\nConnection: close\r\n\r\n",
        "GET /vmlinuz HTTP/1.1\r\nHost: kadeploy\r\nRange: bytes=10-20,30-\r\nConnection: close\r\n\r\n",
        "HEAD /initramfs HTTP/1.0\r\n\r\n",
        "POST /report/0123456789abcdef HTTP/1.1\r\nHost: kadeploy\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
    ];

    [Fact]
    public async Task Request_Mutated_IsNeverAFailureOfTheController()
    {
        await Parallel.ForEachAsync(Enumerable.Range(0, Fuzz.Cases(400)), new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (seed, _) =>
        {
            var answer = await AskAsync(Encoding.Latin1.GetBytes(new Fuzz(seed).Mutate(Good[seed % Good.Length])), TimeSpan.FromSeconds(1));
            // Nothing: a request that never became one, and is waited for.
            Assert.True(answer.Length == 0 || (answer.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) && answer[9..12] is ['2' or '3' or '4', ..] or "505"), $"seed {seed}: {answer}");
            Assert.DoesNotContain("kadeploy.token", answer, StringComparison.Ordinal);
        });
        Assert.StartsWith("HTTP/1.1 200", await AskAsync(Encoding.Latin1.GetBytes(Good[0]), TimeSpan.FromSeconds(30)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HEaD /vmlinuz HTTP/1.0\r\n\r\n")]
    [InlineData("get /vmlinuz HTTP/1.1\r\nHost: kadeploy\r\n\r\n")]
    [InlineData("Post /report/0123456789abcdef HTTP/1.1\r\nHost: kadeploy\r\nContent-Length: 0\r\n\r\n")]
    public async Task Request_MethodInOtherLetters_IsNotServed(string request) =>
        Assert.StartsWith("HTTP/1.1 404 ", await AskAsync(Encoding.Latin1.GetBytes(request), TimeSpan.FromSeconds(30)), StringComparison.Ordinal);

    // The first piece of the answer; "" without one in time, or when hung up on.
    private async Task<string> AskAsync(byte[] request, TimeSpan patience)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(shared.Controller.Address, shared.Controller.Host.Addresses.Boot);
        var buffer = new byte[4096];
        using var limit = new CancellationTokenSource(patience);
        try
        {
            await client.GetStream().WriteAsync(request, limit.Token);
            return Encoding.Latin1.GetString(buffer, 0, await client.GetStream().ReadAsync(buffer, limit.Token));
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            return "";
        }
    }
}
