using Grpc.AspNetCore.Server;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers what <c>MapGrpcService</c> needs.</summary>
public static class GrpcServicesExtensions
{
    /// <summary>Services themselves may be registered too, with any lifetime; those that are not are created for each call.</summary>
    public static IServiceCollection AddGrpc(this IServiceCollection services, Action<GrpcServiceOptions>? configureOptions = null)
    {
        var options = new GrpcServiceOptions();
        configureOptions?.Invoke(options);
        services.AddRouting();
        services.TryAddSingleton(provider =>
            new GrpcServer(options, provider.GetService<TimeProvider>() ?? TimeProvider.System, provider.GetRequiredService<ILoggerFactory>()));
        return services;
    }
}
