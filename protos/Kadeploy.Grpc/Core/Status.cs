namespace Grpc.Core;

/// <summary>How a call ended: a code, a text for people (may be empty, never null) and, on this side only, what caused it.</summary>
public readonly struct Status(StatusCode statusCode, string? detail, Exception? debugException = null)
{
    private readonly string? _detail = detail;

    public static readonly Status DefaultSuccess = new(StatusCode.OK, "");

    public static readonly Status DefaultCancelled = new(StatusCode.Cancelled, "");

    public StatusCode StatusCode { get; } = statusCode;

    public string Detail => _detail ?? "";

    /// <summary>The local exception behind the status; never sent to the peer.</summary>
    public Exception? DebugException { get; } = debugException;

    public override string ToString() => $"Status(StatusCode=\"{StatusCode}\", Detail=\"{Detail}\")";
}
