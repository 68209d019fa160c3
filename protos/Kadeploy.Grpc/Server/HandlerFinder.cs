namespace Grpc.Core;

/// <summary>Takes one method's handler out of a service instance's binding.</summary>
internal sealed class HandlerFinder(string methodName) : ServiceBinderBase
{
    public object? Handler { get; private set; }

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler) =>
        Take(method.Name, handler);

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse>? handler) =>
        Take(method.Name, handler);

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler) =>
        Take(method.Name, handler);

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler) =>
        Take(method.Name, handler);

    private void Take(string name, object? handler)
    {
        if (name == methodName)
            Handler = handler;
    }
}
