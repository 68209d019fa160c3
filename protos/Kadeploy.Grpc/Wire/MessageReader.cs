using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;

namespace Grpc.Core;

/// <summary>
/// Takes Length-Prefixed-Messages (PROTOCOL-HTTP2.md) off a pipe. Nothing is set aside for a message but what has arrived of it, so a lying
/// length costs the peer, not us. <paramref name="foreignEncoding"/> is the status of a message in an encoding that we do not have (compression.md).
/// </summary>
internal sealed class MessageReader<T>(PipeReader pipe, Marshaller<T> marshaller, int? maxSize, string? encoding, StatusCode foreignEncoding)
    where T : class
{
    private const int PrefixLength = 5;

    // Length of the message whose prefix was taken: a cancelled wait for the rest can be taken up again.
    private int? _length;

    /// <summary>The next message, or null at the end of the stream. Bad framing is an <see cref="RpcException"/>.</summary>
    public async ValueTask<T?> ReadAsync(CancellationToken cancellationToken)
    {
        if (_length is null && !await ReadPrefixAsync(cancellationToken).ConfigureAwait(false))
            return null;

        var length = _length!.Value;
        if (length == 0)
            return Finish(ReadOnlySequence<byte>.Empty);

        var result = await pipe.ReadAtLeastAsync(length, cancellationToken).ConfigureAwait(false);
        if (result.Buffer.Length < length)
            throw Truncated(result);
        var payload = result.Buffer.Slice(0, length);
        try
        {
            return Finish(payload);
        }
        finally
        {
            pipe.AdvanceTo(payload.End);
        }
    }

    private async ValueTask<bool> ReadPrefixAsync(CancellationToken cancellationToken)
    {
        var result = await pipe.ReadAtLeastAsync(PrefixLength, cancellationToken).ConfigureAwait(false);
        if (result.Buffer.IsEmpty)
        {
            pipe.AdvanceTo(result.Buffer.End);
            return false;
        }
        if (result.Buffer.Length < PrefixLength)
            throw Truncated(result);
        var prefix = result.Buffer.Slice(0, PrefixLength);
        var (flag, length) = Parse(prefix);
        pipe.AdvanceTo(prefix.End);

        if (flag > 1)
            throw Error(StatusCode.Internal, $"Compressed-Flag is {flag}, neither 0 nor 1: this is not a gRPC message.");
        if (flag == 1)
            throw encoding is null or "identity"
                ? Error(StatusCode.Internal, "Compressed-Flag is set, but grpc-encoding names no compression.")
                : Error(foreignEncoding, $"The message is compressed with '{encoding}'; only identity is supported.");
        if (length > (uint)(maxSize ?? int.MaxValue))
            throw Error(StatusCode.ResourceExhausted, $"The message of {length} bytes is larger than the limit of {maxSize ?? int.MaxValue}.");
        _length = (int)length;
        return true;
    }

    private T Finish(ReadOnlySequence<byte> payload)
    {
        _length = null;
        try
        {
            return marshaller.ContextualDeserializer(new ReceivedPayload(payload));
        }
        catch (Exception e) when (e is not RpcException)
        {
            throw new RpcException(new Status(StatusCode.Internal, $"The message cannot be read as {typeof(T).Name}.", e));
        }
    }

    private RpcException Truncated(ReadResult result)
    {
        pipe.AdvanceTo(result.Buffer.End);
        return Error(StatusCode.Internal, "The stream ended in the middle of a message.");
    }

    private static (byte Flag, uint Length) Parse(ReadOnlySequence<byte> prefix)
    {
        Span<byte> bytes = stackalloc byte[PrefixLength];
        prefix.CopyTo(bytes);
        return (bytes[0], BinaryPrimitives.ReadUInt32BigEndian(bytes[1..]));
    }

    private static RpcException Error(StatusCode code, string detail) => new(new Status(code, detail));
}
