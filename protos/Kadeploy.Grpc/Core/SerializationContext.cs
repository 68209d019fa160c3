using System.Buffers;

namespace Grpc.Core;

/// <summary>Where a marshaller puts a message: a whole array, or a length and then as many bytes into the buffer writer.</summary>
public abstract class SerializationContext
{
    /// <summary>Takes the message as one array. Nothing else may be called then.</summary>
    public abstract void Complete(byte[] payload);

    /// <summary>Bytes that will be written; to be called before <see cref="GetBufferWriter"/>.</summary>
    public abstract void SetPayloadLength(int payloadLength);

    public abstract IBufferWriter<byte> GetBufferWriter();

    /// <summary>Says that the announced bytes were written.</summary>
    public abstract void Complete();
}
