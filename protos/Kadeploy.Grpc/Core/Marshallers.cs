namespace Grpc.Core;

/// <summary>Makes <see cref="Marshaller{T}"/>s; called by generated code.</summary>
public static class Marshallers
{
    public static Marshaller<T> Create<T>(Action<T, SerializationContext> serializer, Func<DeserializationContext, T> deserializer) =>
        new(serializer, deserializer);
}
