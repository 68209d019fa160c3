using System.Net;

namespace Grpc.Core;

/// <summary>What a client makes of an end that carries no gRPC status.</summary>
internal static class StatusMapping
{
    /// <summary>gRPC's http-grpc-status-mapping.md.</summary>
    public static StatusCode FromHttp(HttpStatusCode code) => (int)code switch
    {
        400 => StatusCode.Internal,
        401 => StatusCode.Unauthenticated,
        403 => StatusCode.PermissionDenied,
        404 => StatusCode.Unimplemented,
        429 or 502 or 503 or 504 => StatusCode.Unavailable,
        _ => StatusCode.Unknown,
    };

    /// <summary>
    /// PROTOCOL-HTTP2.md, Errors: from RST_STREAM's code. Only PROTOCOL_ERROR differs from its table, because SocketsHttpHandler reports a ping that
    /// was not answered, and everything else that breaks a connection, in the same way.
    /// </summary>
    private static StatusCode FromReset(long errorCode) => errorCode switch
    {
        0x1 => StatusCode.Unavailable, // PROTOCOL_ERROR
        0x7 => StatusCode.Unavailable, // REFUSED_STREAM
        0x8 => StatusCode.Cancelled, // CANCEL
        0xb => StatusCode.ResourceExhausted, // ENHANCE_YOUR_CALM
        0xc => StatusCode.PermissionDenied, // INADEQUATE_SECURITY
        _ => StatusCode.Internal,
    };

    /// <summary>From what the HTTP client threw: a reset, a connection that was not had or was lost, or a bug.</summary>
    public static Status FromException(Exception exception)
    {
        for (var e = exception; e is not null; e = e.InnerException)
            if (e is RpcException rpc)
                return rpc.Status;
            else if (e is HttpProtocolException reset)
                return new Status(FromReset(reset.ErrorCode), $"HTTP/2 error code {reset.ErrorCode}: {reset.Message}", exception);
        return exception is HttpRequestException or IOException or OperationCanceledException
            ? new Status(StatusCode.Unavailable, $"The connection failed: {Text(exception)}", exception)
            : new Status(StatusCode.Internal, $"The call failed: {Text(exception)}", exception);
    }

    private static string Text(Exception e) =>
        e.InnerException is { } inner && !e.Message.Contains(inner.Message, StringComparison.Ordinal) ? $"{e.Message} {inner.Message}" : e.Message;
}
