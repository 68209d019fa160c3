namespace Grpc.Core;

/// <summary>Header names of PROTOCOL-HTTP2.md, and the way between custom metadata and header values.</summary>
internal static class GrpcHeaders
{
    public const string ContentType = "application/grpc";
    public const string Status = "grpc-status";
    public const string Message = "grpc-message";
    public const string Timeout = "grpc-timeout";
    public const string Encoding = "grpc-encoding";
    public const string AcceptEncoding = "grpc-accept-encoding";
    public const string Identity = "identity";

    private static readonly HashSet<string> NotMetadata =
        ["content-type", "content-length", "te", "host", "connection", "transfer-encoding", "trailer", "upgrade"];

    /// <summary>"application/grpc", alone or with "+proto" or parameters; "application/grpc-web" is another protocol.</summary>
    public static bool IsGrpc(string? contentType) =>
        contentType is not null && contentType.StartsWith(ContentType, StringComparison.OrdinalIgnoreCase)
        && (contentType.Length == ContentType.Length || contentType[ContentType.Length] is '+' or ';' or ' ');

    /// <summary>Adds a received header unless it belongs to HTTP or gRPC itself; what cannot be understood is dropped, as the spec has it.</summary>
    public static void Receive(Metadata metadata, string name, string value)
    {
        name = name.ToLowerInvariant();
        if (IsReserved(name) || !Metadata.Entry.IsKey(name))
            return;
        if (!name.EndsWith(Metadata.BinaryHeaderSuffix, StringComparison.Ordinal))
            metadata.Add(Metadata.Entry.Received(name, value));
        else
            foreach (var part in value.Split(',', StringSplitOptions.TrimEntries))
                if (FromBase64(part) is { } bytes)
                    metadata.Add(name, bytes);
    }

    /// <summary>
    /// The pairs to send. What cannot be sent is left out, for metadata that was received may be sent back as it is. HttpClient joins the values
    /// of one name with ", ", which every peer must take apart again (Custom-Metadata); grpcio 1.51 does not for binary values.
    /// </summary>
    public static IEnumerable<KeyValuePair<string, string>> Send(Metadata metadata) =>
        from entry in metadata
        where entry.IsSendable && !IsReserved(entry.Key)
        select KeyValuePair.Create(entry.Key, entry.IsBinary ? Convert.ToBase64String(entry.ValueBytes).TrimEnd('=') : entry.Value);

    private static bool IsReserved(string name) => name.StartsWith("grpc-", StringComparison.Ordinal) || NotMetadata.Contains(name);

    private static byte[]? FromBase64(string text)
    {
        // Peers may leave the padding out.
        text = text.TrimEnd('=');
        var bytes = new byte[text.Length * 3 / 4];
        return Convert.TryFromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '='), bytes, out var length) ? bytes[..length] : null;
    }
}
