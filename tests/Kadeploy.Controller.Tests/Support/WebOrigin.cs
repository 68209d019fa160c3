using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Kadeploy.Controller.Tests.Support;

/// <summary>A web server with one image, which serves ranges well or lies as the test says, and counts what it sent.</summary>
internal sealed class WebOrigin : IAsyncDisposable
{
    private readonly WebApplication _app;
    private long _sent;
    private int _requests;

    private WebOrigin(byte[] content)
    {
        Content = content;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.Run(AnswerAsync);
    }

    public byte[] Content { get; set; }

    public string Tag { get; set; } = "\"1\"";

    public int Status { get; set; }

    public bool IgnoresRanges { get; set; }

    /// <summary>Does not send the byte at this offset before <see cref="Release"/>.</summary>
    public int HoldAt { get; set; } = int.MaxValue;

    public TaskCompletionSource Release { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Promises so many bytes more than it has.</summary>
    public int Lie { get; set; }

    /// <summary>Serves another part than was asked for.</summary>
    public int Shift { get; set; }

    /// <summary>Breaks the connection when so many bytes of the image were sent, once.</summary>
    public int BreakAt { get; set; } = int.MaxValue;

    /// <summary>The byte at this offset is flipped on its way, once.</summary>
    public int WrongOnce { get; set; } = -1;

    /// <summary>What happens at the break, before the next request.</summary>
    public Action AtBreak { get; set; } = () => { };

    public long Sent => Interlocked.Read(ref _sent);

    public int Requests => Volatile.Read(ref _requests);

    public string Address => $"{_app.Urls.Single()}/image";

    public static async Task<WebOrigin> StartAsync(int bytes)
    {
        var content = new byte[bytes];
        new Random(bytes).NextBytes(content);
        var origin = new WebOrigin(content);
        await origin._app.StartAsync();
        return origin;
    }

    public void Forget() => Interlocked.Exchange(ref _sent, 0);

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext http)
    {
        Interlocked.Increment(ref _requests);
        http.Response.Headers.ETag = Tag;
        if (Status != 0)
        {
            http.Response.StatusCode = Status;
            return;
        }
        var range = http.Request.GetTypedHeaders().Range?.Ranges.Single();
        var from = IgnoresRanges ? 0 : range?.From ?? 0;
        if (from >= Content.Length)
        {
            http.Response.StatusCode = 416;
            http.Response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes */{Content.Length}");
            return;
        }
        var to = IgnoresRanges ? Content.Length - 1 : Math.Min(range?.To ?? Content.Length - 1, Content.Length - 1);
        if (IgnoresRanges)
            http.Response.ContentLength = Content.Length;
        if (!IgnoresRanges)
        {
            http.Response.StatusCode = 206;
            http.Response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes {from + Shift}-{to + Lie}/{Content.Length + Lie}");
        }
        for (var at = (int)from; at <= to; at += 65536)
        {
            if (at >= BreakAt)
            {
                BreakAt = int.MaxValue;
                AtBreak();
                http.Abort();
                return;
            }
            if (at >= HoldAt)
                await Release.Task.WaitAsync(http.RequestAborted);
            Memory<byte> piece = Content.AsMemory(at, (int)Math.Min(65536, to + 1 - at));
            if (at <= WrongOnce && WrongOnce < at + piece.Length)
            {
                piece = piece.ToArray();
                piece.Span[WrongOnce - at] ^= 1;
                WrongOnce = -1;
            }
            // Before it is sent: whoever has read it all may look at once.
            Interlocked.Add(ref _sent, piece.Length);
            await http.Response.Body.WriteAsync(piece, http.RequestAborted);
        }
    }
}
