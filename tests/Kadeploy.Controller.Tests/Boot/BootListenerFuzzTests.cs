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
        for (var seed = 0; seed < Fuzz.Cases(400); seed++)
        {
            var answer = await AskAsync(Encoding.Latin1.GetBytes(new Fuzz(seed).Mutate(Good[seed % Good.Length])));
            // Nothing: a request that never became one, and was hung up on.
            Assert.True(answer.Length == 0 || (answer.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) && (answer[9] is '2' or '3' or '4' || answer.StartsWith("HTTP/1.1 505", StringComparison.Ordinal))), $"seed {seed}: {answer}");
            Assert.DoesNotContain("kadeploy.token", answer, StringComparison.Ordinal);
        }
        Assert.StartsWith("HTTP/1.1 200", await AskAsync(Encoding.Latin1.GetBytes(Good[0])), StringComparison.Ordinal);
    }

    private async Task<string> AskAsync(byte[] request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", shared.Controller.Host.Addresses.Boot);
        client.ReceiveTimeout = 30_000;
        var stream = client.GetStream();
        var answer = new MemoryStream();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        try
        {
            await stream.WriteAsync(request, patience.Token);
            client.Client.Shutdown(SocketShutdown.Send);
            await stream.CopyToAsync(answer, patience.Token);
        }
        catch (IOException)
        {
            // Reset: hung up on before it had sent all.
        }
        return Encoding.Latin1.GetString(answer.ToArray());
    }
}
