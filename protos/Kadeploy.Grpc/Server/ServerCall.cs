using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Logging;

namespace Grpc.Core;

/// <summary>
/// One call over one HTTP/2 stream of Kestrel's (PROTOCOL-HTTP2.md): runs the handler and ends the stream with a status, or with a reset
/// where a half-written message leaves no room for one.
/// </summary>
internal sealed partial class ServerCall(HttpContext http, GrpcServer server) : ServerCallContext, IDisposable
{
    private const int NoError = 0;
    private const int InternalError = 2;
    private const int Cancel = 8;

    private readonly CancellationTokenSource _cancelled = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
    private readonly TaskCompletionSource _deadlinePassed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    // Held by who writes to the response; for good by the end of the call, and by a write that did not get through.
    private readonly SemaphoreSlim _response = new(1, 1);
    private Metadata? _requestHeaders;
    private DateTime _deadline = DateTime.MaxValue;
    private bool _over;

    protected override string MethodCore => http.Request.Path.Value ?? "";

    protected override string HostCore => http.Request.Host.Value ?? "";

    protected override string PeerCore => http.Connection.RemoteIpAddress switch
    {
        null => "unknown",
        { AddressFamily: AddressFamily.InterNetworkV6, IsIPv4MappedToIPv6: false } address => $"ipv6:[{address}]:{http.Connection.RemotePort}",
        var address => $"ipv4:{address.MapToIPv4()}:{http.Connection.RemotePort}",
    };

    protected override DateTime DeadlineCore => _deadline;

    protected override Metadata RequestHeadersCore => _requestHeaders ??= ReadHeaders();

    protected override CancellationToken CancellationTokenCore => _cancelled.Token;

    protected override Metadata ResponseTrailersCore { get; } = [];

    protected override Status StatusCore { get; set; } = Status.DefaultSuccess;

    protected override WriteOptions? WriteOptionsCore { get; set; }

    private bool DeadlineHasPassed => _deadlinePassed.Task.IsCompleted;

    /// <summary>The requests, as messages of a method.</summary>
    public ServerStreamReader<TRequest> Requests<TRequest, TResponse>(Method<TRequest, TResponse> method) where TRequest : class =>
        new(this, new MessageReader<TRequest>(
            http.Request.BodyReader, method.RequestMarshaller, server.MaxReceiveMessageSize,
            http.Request.Headers[GrpcHeaders.Encoding], StatusCode.Unimplemented));

    /// <summary>The responses, as messages of a method.</summary>
    public ServerStreamWriter<TResponse> Responses<TRequest, TResponse>(Method<TRequest, TResponse> method) where TResponse : class =>
        new(this, method.ResponseMarshaller);

    public static async Task RunAsync(HttpContext http, GrpcServer server, Func<ServerCall, Task> handle)
    {
        using var call = new ServerCall(http, server);
        await call.RunAsync(handle);
    }

    private async Task RunAsync(Func<ServerCall, Task> handle)
    {
        if (!IsAcceptable())
            return;
        if (http.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
            rate.MinDataRate = null;
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = null;
        http.Response.ContentType = GrpcHeaders.ContentType;
        http.Response.Headers[GrpcHeaders.AcceptEncoding] = GrpcHeaders.Identity;

        string? timeoutText = http.Request.Headers[GrpcHeaders.Timeout];
        if (timeoutText is null)
        {
            End(await HandleAsync(handle));
            return;
        }
        if (!GrpcTimeout.TryDecode(timeoutText, out var timeout))
        {
            End(new Status(StatusCode.Internal, $"The grpc-timeout '{timeoutText}' is not one."));
            return;
        }
        var now = server.Time.GetUtcNow().UtcDateTime;
        _deadline = timeout < DateTime.MaxValue - now ? now + timeout : DateTime.MaxValue;
        using var timer = GrpcTimeout.Start(server.Time, timeout, PassDeadline);
        var handling = HandleAsync(handle);
        await Task.WhenAny(handling, _deadlinePassed.Task);
        End(DeadlineHasPassed ? new Status(StatusCode.DeadlineExceeded, "") : await handling);
        if (handling.IsCompleted)
            return;
        // The handler's services live until it returns; the client shall not wait for that, nor go on sending.
        await http.Response.CompleteAsync();
        Reset(NoError);
        await handling;
    }

    /// <summary>Writes one message and waits for flow control; <see cref="OperationCanceledException"/> when the call is cancelled.</summary>
    public async Task WriteAsync<T>(T message, Marshaller<T> marshaller, CancellationToken cancellationToken)
    {
        _cancelled.Token.ThrowIfCancellationRequested();
        cancellationToken.ThrowIfCancellationRequested();
        if (!_response.Wait(0, CancellationToken.None))
            throw new InvalidOperationException(_over ? "The call is over." : "The previous write has not completed.");
        MessageFrame.Write(http.Response.BodyWriter, message, marshaller);
        await FlushAsync(cancellationToken);
        _response.Release();
    }

    public void Dispose()
    {
        _cancelled.Dispose();
        _response.Dispose();
    }

    /// <summary>Ends the call for its handler when reading has shown that the client is gone.</summary>
    public void LoseClient() => _cancelled.Cancel();

    protected override async Task WriteResponseHeadersAsyncCore(Metadata responseHeaders)
    {
        if (http.Response.HasStarted || !_response.Wait(0, CancellationToken.None))
            throw new InvalidOperationException("The response headers were sent already.");
        foreach (var (name, value) in GrpcHeaders.Send(responseHeaders))
            http.Response.Headers.Append(name, value);
        await FlushAsync(CancellationToken.None);
        _response.Release();
    }

    private async Task FlushAsync(CancellationToken cancellationToken)
    {
        // Kestrel must not see the token: it would reset the stream with INTERNAL_ERROR, and a deadline could not be told any more.
        var flush = http.Response.BodyWriter.FlushAsync(CancellationToken.None);
        if (flush.IsCompleted)
        {
            await flush;
            return;
        }
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_cancelled.Token, cancellationToken);
        await flush.AsTask().WaitAsync(either.Token);
    }

    private bool IsAcceptable()
    {
        if (!HttpProtocol.IsHttp2(http.Request.Protocol))
        {
            http.Response.StatusCode = (int)HttpStatusCode.UpgradeRequired;
            http.Response.Headers.Upgrade = "HTTP/2";
        }
        else if (!GrpcHeaders.IsGrpc(http.Request.ContentType))
        {
            http.Response.StatusCode = (int)HttpStatusCode.UnsupportedMediaType;
        }
        else
        {
            return true;
        }
        return false;
    }

    private async Task<Status> HandleAsync(Func<ServerCall, Task> handle)
    {
        try
        {
            await handle(this);
            return StatusCore;
        }
        catch (RpcException e)
        {
            foreach (var trailer in e.Trailers)
                ResponseTrailersCore.Add(trailer);
            return e.Status;
        }
        catch (OperationCanceledException) when (_cancelled.IsCancellationRequested)
        {
            return Status.DefaultCancelled;
        }
        catch (Exception e)
        {
            // The text of an exception is for us, not for the peer.
            if (!_cancelled.IsCancellationRequested)
                LogHandlerFailed(server.Log, e, MethodCore);
            return new Status(StatusCode.Unknown, "The handler failed.");
        }
    }

    private void PassDeadline()
    {
        _deadlinePassed.TrySetResult();
        try
        {
            _cancelled.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The handler returned in the same moment.
        }
    }

    private void End(Status status)
    {
        if (http.RequestAborted.IsCancellationRequested)
            return;
        var free = _response.Wait(0, CancellationToken.None);
        _over = true;
        if (!free)
        {
            Reset(_cancelled.IsCancellationRequested ? Cancel : InternalError);
            return;
        }
        // Trailers-Only (PROTOCOL-HTTP2.md) if nothing was sent yet.
        var trailers = http.Response.HasStarted ? http.Features.GetRequiredFeature<IHttpResponseTrailersFeature>().Trailers : http.Response.Headers;
        trailers[GrpcHeaders.Status] = ((int)status.StatusCode).ToString(CultureInfo.InvariantCulture);
        if (status.Detail.Length > 0)
            trailers[GrpcHeaders.Message] = PercentEncoding.Encode(status.Detail);
        // After a deadline the handler may still be filling in its trailers.
        foreach (var (name, value) in GrpcHeaders.Send(DeadlineHasPassed ? Metadata.Empty : ResponseTrailersCore))
            trailers.Append(name, value);
    }

    private void Reset(int errorCode) => http.Features.Get<IHttpResetFeature>()?.Reset(errorCode);

    private Metadata ReadHeaders()
    {
        var metadata = new Metadata();
        foreach (var (name, values) in http.Request.Headers)
            foreach (var value in values)
                GrpcHeaders.Receive(metadata, name, value ?? "");
        return metadata;
    }

    [LoggerMessage(1, LogLevel.Error, "The handler of {Method} failed.")]
    private static partial void LogHandlerFailed(ILogger log, Exception e, string method);
}
