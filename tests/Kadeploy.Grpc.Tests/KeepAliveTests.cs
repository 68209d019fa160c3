using System.Diagnostics;
using Grpc.Core;
using Grpc.Net.Client;
using Kadeploy.Grpc.Tests.Probe;
using Microsoft.AspNetCore.Builder;

namespace Kadeploy.Grpc.Tests;

/// <summary>A peer that is frozen keeps its TCP connection: only pings tell.</summary>
public sealed class KeepAliveTests
{
    // What noticing may take on top, on a machine that lets nobody run for seconds. Without pings it takes for ever.
    private const int Slack = 20;

    [Fact]
    public async Task Client_ServerFreezes_UnavailableWithinTheChosenTime()
    {
        var (server, address) = await PythonPeer.ServeAsync();
        await using var _ = server;
        using var channel = GrpcChannel.ForAddress(address, new GrpcChannelOptions { HttpHandler = GrpcHttpHandler.Create(GrpcHttpHandler.Shortest) });
        using var call = new Prober.ProberClient(channel).Both();
        await call.RequestStream.WriteAsync(new Note { Number = 1 });
        Assert.True(await call.ResponseStream.MoveNext().WithinAsync("the echo"));

        var clock = Stopwatch.StartNew();
        server.Freeze();
        var e = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext().WithinAsync("the loss to be noticed"));

        Assert.True(StatusCode.Unavailable == e.StatusCode, e.ToString());
        Assert.InRange(clock.Elapsed, TimeSpan.FromSeconds(1), GrpcHttpHandler.Shortest + TimeSpan.FromSeconds(Slack));
    }

    [Fact]
    public async Task Server_ClientFreezes_HandlerIsCancelledWithinTheChosenTime()
    {
        var within = TimeSpan.FromSeconds(6);
        await using var server = await ProbeServer.StartAsync(limits: kestrel => kestrel.UseGrpcKeepAlive(within));
        await using var client = PythonPeer.Call(server.Address, "stay");
        Assert.Equal("open", await client.NextLineAsync("that the call is open"));
        Assert.StartsWith("opened", await server.Service.NextEventAsync("the handler"), StringComparison.Ordinal);

        var clock = Stopwatch.StartNew();
        client.Freeze();

        Assert.Equal("cancelled", await server.Service.NextEventAsync("the loss to be noticed"));
        Assert.InRange(clock.Elapsed, TimeSpan.FromSeconds(1), within + TimeSpan.FromSeconds(Slack));
    }

    [Fact]
    public async Task Both_IdleForLongerThanThat_CallLivesOn()
    {
        // Who does not answer a ping for a third of it is lost: a machine may let neither side run for a while.
        var within = TimeSpan.FromSeconds(12);
        await using var server = await ProbeServer.StartAsync(limits: kestrel => kestrel.UseGrpcKeepAlive(within));
        using var channel = GrpcChannel.ForAddress(server.Address, new GrpcChannelOptions { HttpHandler = GrpcHttpHandler.Create(within) });
        using var call = new Prober.ProberClient(channel).Both();
        var read = call.ResponseStream.MoveNext(CancellationToken.None);

        // The silence is what is tested: nothing must come of it.
        var first = await Task.WhenAny(read, Task.Delay(within + TimeSpan.FromSeconds(2)));

        Assert.NotSame(read, first);
        await call.RequestStream.WriteAsync(new Note { Number = 1 });
        Assert.True(await read.WithinAsync("the echo"));
    }

    [Fact]
    public void Create_TooShort_Refused() => Assert.Throws<ArgumentOutOfRangeException>(() => GrpcHttpHandler.Create(TimeSpan.FromSeconds(1)));
}
