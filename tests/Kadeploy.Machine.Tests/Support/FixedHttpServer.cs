using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Kadeploy.Machine.Tests.Support;

/// <summary>Answers every request with the same text and remembers who asked for what.</summary>
internal sealed class FixedHttpServer : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly byte[] _answer;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;

    /// <param name="listener">A listener that has been started.</param>
    public FixedHttpServer(TcpListener listener, string text)
    {
        _listener = listener;
        _answer = Encoding.ASCII.GetBytes(
            $"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {Encoding.UTF8.GetByteCount(text)}\r\nConnection: close\r\n\r\n{text}");
        _loop = ServeAsync(_stop.Token);
    }

    public ConcurrentQueue<(string Client, string Request)> Requests { get; } = new();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _loop;
        _stop.Dispose();
    }

    private async Task ServeAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync(stop);
                using var reader = new StreamReader(client.GetStream(), Encoding.ASCII);
                var request = await reader.ReadLineAsync(stop) ?? "";
                while (!string.IsNullOrEmpty(await reader.ReadLineAsync(stop)))
                {
                }

                Requests.Enqueue((((IPEndPoint)client.Client.RemoteEndPoint!).Address.ToString(), request));
                await client.GetStream().WriteAsync(_answer, stop);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }
}
