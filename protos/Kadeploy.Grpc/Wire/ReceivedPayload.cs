using System.Buffers;

namespace Grpc.Core;

internal sealed class ReceivedPayload(ReadOnlySequence<byte> payload) : DeserializationContext
{
    public override int PayloadLength => (int)payload.Length;

    public override ReadOnlySequence<byte> PayloadAsReadOnlySequence() => payload;
}
