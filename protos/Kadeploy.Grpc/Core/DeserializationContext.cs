using System.Buffers;

namespace Grpc.Core;

/// <summary>One received message. The sequence is valid only until the marshaller returns.</summary>
public abstract class DeserializationContext
{
    /// <summary>Length in bytes.</summary>
    public abstract int PayloadLength { get; }

    public abstract ReadOnlySequence<byte> PayloadAsReadOnlySequence();

    public virtual byte[] PayloadAsNewBuffer() => PayloadAsReadOnlySequence().ToArray();
}
