using System.Reflection;

namespace Kadeploy.Controller.OpenApi;

/// <summary>One parameter of an endpoint's query: what the document says of it is what requests are held to.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">What it is read as: text, whole number, flag or time.</param>
internal sealed record QueryParameter(string Name, Type Type)
{
    /// <summary>A node set is as long as the request's line may be; all else that is asked for is a name or a word.</summary>
    public int Longest => Name == "set" ? 64 << 10 : 1024;

    public static IReadOnlyList<QueryParameter> Of(RouteEndpoint endpoint)
    {
        var inPath = endpoint.RoutePattern.Parameters.Select(p => p.Name).ToHashSet(StringComparer.Ordinal);
        return [.. from parameter in endpoint.Metadata.GetMetadata<MethodInfo>()?.GetParameters() ?? []
                   let type = Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType
                   where parameter.Name is not null && !inPath.Contains(parameter.Name)
                       && (type == typeof(string) || type == typeof(int) || type == typeof(long) || type == typeof(bool) || type == typeof(DateTimeOffset))
                   select new QueryParameter(parameter.Name!, type)];
    }
}
