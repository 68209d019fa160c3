using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Grpc.Core;

/// <summary>Maps each method of a service to an endpoint, which takes the service from DI, or creates it, for each call.</summary>
internal sealed class EndpointBinder<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TService>(
    IEndpointRouteBuilder endpoints, GrpcServer server, Action<ServiceBinderBase, TService?> bind) : ServiceBinderBase
    where TService : class
{
    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler) =>
        Map<TRequest, TResponse, UnaryServerMethod<TRequest, TResponse>>(method, async (call, handle) =>
            await call.Responses(method).WriteAsync(await handle(await call.Requests(method).ReadSingleAsync(), call)));

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse>? handler) =>
        Map<TRequest, TResponse, ClientStreamingServerMethod<TRequest, TResponse>>(method, async (call, handle) =>
            await call.Responses(method).WriteAsync(await handle(call.Requests(method), call)));

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler) =>
        Map<TRequest, TResponse, ServerStreamingServerMethod<TRequest, TResponse>>(method, async (call, handle) =>
            await handle(await call.Requests(method).ReadSingleAsync(), call.Responses(method), call));

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler) =>
        Map<TRequest, TResponse, DuplexStreamingServerMethod<TRequest, TResponse>>(method, (call, handle) =>
            handle(call.Requests(method), call.Responses(method), call));

    private void Map<TRequest, TResponse, THandler>(Method<TRequest, TResponse> method, Func<ServerCall, THandler, Task> handle)
        where THandler : Delegate =>
        endpoints.MapPost(method.FullName, (HttpContext http) => ServerCall.RunAsync(http, server, call =>
        {
            // Routes do not mind case or a slash at the end; gRPC does (PROTOCOL-HTTP2.md, Path).
            if (!string.Equals(http.Request.Path, method.FullName, StringComparison.Ordinal))
                return GrpcEndpointsExtensions.Unimplemented(call);
            var finder = new HandlerFinder(method.Name);
            bind(finder, http.RequestServices.GetService<TService>() ?? Create(http));
            return handle(call, (THandler)finder.Handler!);
        }));

    private static TService Create(HttpContext http)
    {
        var service = ActivatorUtilities.CreateInstance<TService>(http.RequestServices);
        if (service is IAsyncDisposable asyncDisposable)
            http.Response.RegisterForDisposeAsync(asyncDisposable);
        else if (service is IDisposable disposable)
            http.Response.RegisterForDispose(disposable);
        return service;
    }
}
