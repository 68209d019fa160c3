using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Net.Client;
using Kadeploy.Grpc.Tests.Probe;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Kadeploy.Grpc.Tests;

public sealed class HostingTests
{
    [Fact]
    public async Task Service_NotRegistered_CreatedForEachCallWithItsDependencies()
    {
        var calls = new CallCounter();
        await using var server = await ProbeServer.StartAsync<CountingService>(services => services.AddSingleton(calls));
        using var channel = GrpcChannel.ForAddress(server.Address);
        var client = new Prober.ProberClient(channel);

        Assert.Equal(1, (await client.UnaryAsync(new Note()).ResponseAsync.WithinAsync("the first response")).Number);
        Assert.Equal(2, (await client.UnaryAsync(new Note()).ResponseAsync.WithinAsync("the second response")).Number);
        await calls.Disposed.Task.WithinAsync("the services to be disposed");
    }

    [Fact]
    public async Task Method_NotOverridden_Unimplemented()
    {
        await using var server = await ProbeServer.StartAsync<CountingService>(services => services.AddSingleton(new CallCounter()));
        using var channel = GrpcChannel.ForAddress(server.Address);
        using var call = new Prober.ProberClient(channel).Down(new Note());

        var e = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext().WithinAsync("the status"));

        Assert.Equal(StatusCode.Unimplemented, e.StatusCode);
    }

    [Fact]
    public async Task Https_WithAlpn_Works()
    {
        using var key = ECDsa.Create();
        using var certificate = new CertificateRequest("CN=probe", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        await using var server = await ProbeServer.StartAsync(certificate: certificate);
        using var handler = GrpcHttpHandler.Create(TimeSpan.FromSeconds(30));
        handler.SslOptions.RemoteCertificateValidationCallback = (_, peer, _, _) => peer?.GetCertHashString() == certificate.GetCertHashString();
        using var channel = GrpcChannel.ForAddress(server.Address, new GrpcChannelOptions { HttpHandler = handler });

        Assert.Equal("x", (await new Prober.ProberClient(channel).UnaryAsync(new Note { Text = "x" }).ResponseAsync.WithinAsync("the response")).Text);
    }

    [Fact]
    public async Task MapGrpcService_WithoutAddGrpc_SaysWhatIsMissing()
    {
        await using var app = WebApplication.CreateSlimBuilder().Build();

        Assert.Contains("AddGrpc", Assert.Throws<InvalidOperationException>(() => app.MapGrpcService<ProbeService>()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MapGrpcService_NoServiceAtAll_SaysSo()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Services.AddGrpc();
        await using var app = builder.Build();

        Assert.Contains(nameof(CallCounter), Assert.Throws<InvalidOperationException>(() => app.MapGrpcService<CallCounter>()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1:1")]
    [InlineData("tcp://127.0.0.1:1")]
    public void ForAddress_NotHttp_Refused(string address) => Assert.ThrowsAny<Exception>(() => GrpcChannel.ForAddress(address));

    [Fact]
    public void Deadline_NotUtc_Refused()
    {
        using var channel = GrpcChannel.ForAddress("http://127.0.0.1:1");

        Assert.Throws<ArgumentException>(() => new Prober.ProberClient(channel).UnaryAsync(new Note(), deadline: DateTime.Now));
    }

    internal sealed class CallCounter
    {
        private int _disposed;

        public int Calls { get; set; }

        /// <summary>Done when two services were disposed.</summary>
        public TaskCompletionSource Disposed { get; } = new();

        public void CountDisposal()
        {
            if (Interlocked.Increment(ref _disposed) == 2)
                Disposed.SetResult();
        }
    }

    internal sealed class CountingService(CallCounter counter) : Prober.ProberBase, IDisposable
    {
        private int _calls;

        public override Task<Note> Unary(Note request, ServerCallContext context)
        {
            Assert.Equal(0, _calls++);
            return Task.FromResult(new Note { Number = ++counter.Calls });
        }

        public void Dispose() => counter.CountDisposal();
    }
}
