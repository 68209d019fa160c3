using System.Diagnostics.CodeAnalysis;
using Grpc.Core;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps generated services to endpoints.</summary>
public static class GrpcEndpointsExtensions
{
    /// <summary>
    /// Serves <typeparamref name="TService"/>, which derives from a generated base class. The builder returned takes conventions such as
    /// <c>RequireHost("*:25301")</c>. Any other gRPC request to the application is answered with UNIMPLEMENTED.
    /// </summary>
    public static IEndpointConventionBuilder MapGrpcService<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TService>(
        this IEndpointRouteBuilder builder) where TService : class
    {
        var server = builder.ServiceProvider.GetService<GrpcServer>() ?? throw new InvalidOperationException("Call services.AddGrpc() first.");
        var group = builder.MapGroup("");
        var bind = ServiceBinding.Find<TService>();
        bind(new EndpointBinder<TService>(group, server, bind), null);
        if (!server.AnswersUnknownMethods)
        {
            server.AnswersUnknownMethods = true;
            // Last of all routes, and for gRPC requests only: other endpoints of the application stay reachable.
            var anyGrpc = RoutePatternFactory.Parse("{**method}", null, new RouteValueDictionary { ["method"] = new GrpcContentTypeConstraint() });
            builder.Map(anyGrpc, http => ServerCall.RunAsync(http, server, Unimplemented))
                .WithMetadata(new HttpMethodMetadata(["POST"]))
                .Add(endpoint => ((RouteEndpointBuilder)endpoint).Order = int.MaxValue);
        }
        return group;
    }

    internal static Task Unimplemented(ServerCallContext call) =>
        throw new RpcException(new Status(StatusCode.Unimplemented, $"There is no method {call.Method}."));
}
