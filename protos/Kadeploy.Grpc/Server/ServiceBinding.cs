using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace Grpc.Core;

/// <summary>Finds the generated <c>BindService(ServiceBinderBase, XBase)</c> of a service.</summary>
internal static class ServiceBinding
{
    public static Action<ServiceBinderBase, TService?> Find<
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TService>()
        where TService : class
    {
        for (var type = typeof(TService); type is not null; type = type.BaseType)
            if (type.GetCustomAttribute<BindServiceMethodAttribute>(inherit: false) is { } attribute
                && attribute.BindType.GetMethod(attribute.BindMethodName, [typeof(ServiceBinderBase), type]) is { } method)
                return method.CreateDelegate<Action<ServiceBinderBase, TService?>>();
        throw new InvalidOperationException($"{typeof(TService)} does not derive from a service base class that protoc's C# gRPC plugin generated.");
    }
}
