namespace Grpc.Core;

/// <summary>A method of a service as the generated code describes it.</summary>
public sealed class Method<TRequest, TResponse>(
    MethodType type, string serviceName, string name, Marshaller<TRequest> requestMarshaller, Marshaller<TResponse> responseMarshaller)
{
    public MethodType Type { get; } = type;

    public string ServiceName { get; } = serviceName;

    public string Name { get; } = name;

    public Marshaller<TRequest> RequestMarshaller { get; } = requestMarshaller;

    public Marshaller<TResponse> ResponseMarshaller { get; } = responseMarshaller;

    /// <summary>The HTTP/2 path: "/" Service-Name "/" method name (PROTOCOL-HTTP2.md).</summary>
    public string FullName { get; } = $"/{serviceName}/{name}";
}
