using System.Net;
using System.Net.Sockets;
using System.Text;
using Grpc.Core;
using Grpc.Net.Client;
using Kadeploy.Grpc.Tests.Probe;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Kadeploy.Grpc.Tests;

/// <summary>Servers that are broken, or not gRPC at all: the client's call ends with a status that says so.</summary>
public sealed class HostileResponseTests
{
    public static TheoryData<string, byte[], StatusCode, string> Bodies => new()
    {
        { "no message", [], StatusCode.Unimplemented, "no response" },
        { "two messages", [.. Hostile.Frame(0, 0), .. Hostile.Frame(0, 0)], StatusCode.Unimplemented, "more than one" },
        { "half a prefix", [0, 0], StatusCode.Internal, "middle of a message" },
        { "half a message", Hostile.Frame(0, 9, 1), StatusCode.Internal, "middle of a message" },
        { "4 GiB announced", Hostile.Frame(0, uint.MaxValue), StatusCode.ResourceExhausted, "4294967295 bytes" },
        { "compressed", Hostile.Frame(1, 0), StatusCode.Internal, "names no compression" },
        { "not protobuf", Hostile.Frame(0, 2, 0xff, 0xff), StatusCode.Internal, "cannot be read as Note" },
        { "html", "<html>"u8.ToArray(), StatusCode.Internal, "Compressed-Flag is 60" },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task Body_IsBroken_StatusSaysHow(string what, byte[] body, StatusCode code, string detail)
    {
        var e = await CallAsync(async http =>
        {
            await http.Response.Body.WriteAsync(body);
            http.Response.AppendTrailer("grpc-status", "0");
        });

        Assert.True(code == e.StatusCode, $"{what}: {e.Status}");
        Assert.Contains(detail, e.Status.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(400, StatusCode.Internal)]
    [InlineData(401, StatusCode.Unauthenticated)]
    [InlineData(403, StatusCode.PermissionDenied)]
    [InlineData(404, StatusCode.Unimplemented)]
    [InlineData(429, StatusCode.Unavailable)]
    [InlineData(500, StatusCode.Unknown)]
    [InlineData(503, StatusCode.Unavailable)]
    [InlineData(302, StatusCode.Unknown)]
    public async Task HttpStatus_NotOk_MappedAndNamed(int http, StatusCode code)
    {
        var e = await CallAsync(context =>
        {
            context.Response.StatusCode = http;
            return Task.CompletedTask;
        });

        Assert.Equal(code, e.StatusCode);
        Assert.Contains($"{http}", e.Status.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("99", StatusCode.Unknown)]
    [InlineData("-1", StatusCode.Unknown)]
    [InlineData("five", StatusCode.Unknown)]
    [InlineData("5", StatusCode.NotFound)]
    public async Task GrpcStatus_Any_KnownOrUnknown(string status, StatusCode code) => Assert.Equal(code, (await CallAsync(http =>
    {
        http.Response.Headers["grpc-status"] = status;
        http.Response.Headers["grpc-message"] = "%zz 100%";
        return Task.CompletedTask;
    })).StatusCode);

    [Fact]
    public async Task GrpcStatus_WithHttpError_Wins() => Assert.Equal(StatusCode.ResourceExhausted, (await CallAsync(http =>
    {
        http.Response.StatusCode = 503;
        http.Response.Headers["grpc-status"] = "8";
        return Task.CompletedTask;
    })).StatusCode);

    [Fact]
    public async Task GrpcStatus_Missing_Unknown() => Assert.Equal(
        StatusCode.Unknown, (await CallAsync(http => http.Response.Body.WriteAsync(Hostile.Frame(0, 0)).AsTask())).StatusCode);

    [Fact]
    public async Task ContentType_IsHtml_Unknown() => Assert.Contains("text/html", (await CallAsync(http =>
    {
        http.Response.ContentType = "text/html";
        return http.Response.WriteAsync("<html>");
    })).Status.Detail, StringComparison.Ordinal);

    [Theory]
    [InlineData(0x0, StatusCode.Internal)]
    [InlineData(0x2, StatusCode.Internal)]
    [InlineData(0x7, StatusCode.Unavailable)]
    [InlineData(0x8, StatusCode.Cancelled)]
    [InlineData(0xb, StatusCode.ResourceExhausted)]
    [InlineData(0xc, StatusCode.PermissionDenied)]
    public async Task Stream_Reset_CodeIsMapped(int error, StatusCode code)
    {
        foreach (var afterHeaders in new[] { false, true })
        {
            var e = await CallAsync(async http =>
            {
                if (afterHeaders)
                    await http.Response.Body.FlushAsync();
                http.Features.Get<IHttpResetFeature>()!.Reset(error);
            });
            Assert.True(code == e.StatusCode, $"after headers {afterHeaders}: {e.Status} {e}");
        }
    }

    [Fact]
    public async Task Server_NeverAnswers_ClientsOwnDeadlineEndsAndResetsTheStream()
    {
        var reset = new TaskCompletionSource();
        await using var server = await AnswerAsync(async http =>
        {
            using var _ = http.RequestAborted.Register(reset.SetResult);
            await reset.Task;
        });

        var e = await CallAsync(server.Address, DateTime.UtcNow.AddSeconds(3)); // not before the server has it

        Assert.Equal(StatusCode.DeadlineExceeded, e.StatusCode);
        // While the server still runs: its end would reset it too.
        await reset.Task.WithinAsync("the stream's reset");
    }

    [Fact]
    public async Task Connection_DropsInTheMiddle_Unavailable() => Assert.Equal(StatusCode.Unavailable, (await CallAsync(async http =>
    {
        await http.Response.Body.FlushAsync();
        http.Features.Get<Microsoft.AspNetCore.Connections.Features.IConnectionLifetimeFeature>()?.Abort();
    })).StatusCode);

    [Fact]
    public async Task Port_NobodyListens_Unavailable()
    {
        // Bound, so that nobody else gets it.
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));

        Assert.Equal(StatusCode.Unavailable, (await CallAsync(new Uri($"http://{silent.LocalEndPoint}"))).StatusCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")]
    [InlineData("\0\0\x12\x04\0\0\0\0\0garbage that is no settings frame at all")]
    public async Task Peer_SpeaksNoHttp2_EndsWithAStatus(string answer)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var peer = Task.Run(async () =>
        {
            using var connection = await listener.AcceptTcpClientAsync();
            await connection.GetStream().WriteAsync(Encoding.Latin1.GetBytes(answer));
            // Take what comes, so that closing does not reset the answer away.
            _ = await connection.GetStream().ReadAsync(new byte[4096]);
        });

        var e = await CallAsync(new Uri($"http://{listener.LocalEndpoint}"));

        Assert.True(e.StatusCode is StatusCode.Unavailable or StatusCode.Internal, e.ToString());
        await peer.WithinAsync("the peer");
    }

    private static async Task<RpcException> CallAsync(RequestDelegate answer)
    {
        await using var server = await AnswerAsync(answer);
        return await CallAsync(server.Address);
    }

    private static Task<ProbeServer> AnswerAsync(RequestDelegate answer) => ProbeServer.StartAsync(app => app.MapPost("/hostile/Answer", (HttpContext http) =>
    {
        http.Response.ContentType = "application/grpc";
        return answer(http);
    }));

    private static async Task<RpcException> CallAsync(Uri address, DateTime? deadline = null)
    {
        using var channel = GrpcChannel.ForAddress(address);
        using var call = channel.CreateCallInvoker().AsyncUnaryCall(
            Hostile.Method("hostile", "Answer"), null, new CallOptions(deadline: deadline), new Note());
        return await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WithinAsync("the call to fail"));
    }
}
