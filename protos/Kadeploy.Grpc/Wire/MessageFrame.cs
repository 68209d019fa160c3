using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;

namespace Grpc.Core;

/// <summary>
/// Puts one Length-Prefixed-Message (PROTOCOL-HTTP2.md) into a pipe, without a copy: prefix first, then the marshaller writes into the pipe.
/// </summary>
internal sealed class MessageFrame : SerializationContext
{
    private const int PrefixLength = 5;

    private readonly PipeWriter _pipe;
    private long _expected = -1;

    private MessageFrame(PipeWriter pipe) => _pipe = pipe;

    /// <summary>
    /// Serialises; the caller flushes. After an exception the pipe may hold half a message: the stream must not be used again.
    /// </summary>
    public static void Write<T>(PipeWriter pipe, T message, Marshaller<T> marshaller)
    {
        var frame = new MessageFrame(pipe);
        marshaller.ContextualSerializer(message, frame);
        // A message changed by another thread while it was written would put all that follow out of step.
        if (frame._expected != pipe.UnflushedBytes)
            throw new InvalidOperationException($"The {typeof(T).Name} has not the length that it announced: was it changed while being written?");
    }

    public override void SetPayloadLength(int payloadLength)
    {
        var prefix = _pipe.GetSpan(PrefixLength);
        prefix[0] = 0;
        BinaryPrimitives.WriteInt32BigEndian(prefix[1..], payloadLength);
        _expected = _pipe.UnflushedBytes + PrefixLength + payloadLength;
        _pipe.Advance(PrefixLength);
    }

    public override IBufferWriter<byte> GetBufferWriter() =>
        _expected >= 0 ? _pipe : throw new InvalidOperationException("SetPayloadLength comes first.");

    public override void Complete(byte[] payload)
    {
        SetPayloadLength(payload.Length);
        _pipe.Write(payload);
    }

    public override void Complete()
    {
    }
}
