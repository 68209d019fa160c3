using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Kadeploy.Controller.OpenApi;

namespace Kadeploy.Controller.Api;

/// <summary>
/// Finds what is wrong with a query by its shape, and says it in the words of the contract, as <see cref="BodyShape"/> does of bodies: parameters that the
/// endpoint does not have, for what they ask for would not be done, and values that are not what it reads.
/// </summary>
internal static class QueryShape
{
    private static readonly ConcurrentDictionary<RouteEndpoint, IReadOnlyList<QueryParameter>> Known = new();

    /// <summary>The answer to a query that cannot be right; null when nothing is wrong with it.</summary>
    public static IResult? Problem(HttpContext http)
    {
        if (http.Request.Query.Count == 0 || http.GetEndpoint() is not RouteEndpoint endpoint || endpoint.Metadata.GetMetadata<Described>() is null)
            return null;
        var known = Known.GetOrAdd(endpoint, QueryParameter.Of);
        foreach (var (name, values) in http.Request.Query)
        {
            if (known.FirstOrDefault(p => p.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) is not { } parameter)
                return Problems.BadQuery(BodyShape.Short(name), $"is no parameter here; known: {(known.Count > 0 ? string.Join(", ", known.Select(p => p.Name)) : "none")}");
            if (values.Count != 1)
                return Problems.BadQuery(parameter.Name, $"is given {values.Count} times");
            if (Expected(values[0] ?? "", parameter) is { } expected)
                return Problems.BadQuery(parameter.Name, $"is not {expected}");
        }
        return null;
    }

    private static string? Expected(string value, QueryParameter parameter)
    {
        if (parameter.Type == typeof(int))
            return int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) ? null : BodyShape.WholeNumber;
        if (parameter.Type == typeof(long))
            return long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) ? null : BodyShape.WholeNumber;
        if (parameter.Type == typeof(bool))
            return bool.TryParse(value, out _) ? null : BodyShape.Flag;
        if (parameter.Type == typeof(DateTimeOffset))
            return IsTime(value) ? null : BodyShape.Time;
        return value.Length <= parameter.Longest ? null : $"a text of at most {parameter.Longest} characters";
    }

    // As in bodies (ISO 8601), where ASP.NET would guess what 01/02/2030 means.
    private static bool IsTime(string value)
    {
        if (value.Length is 0 or > 40 || !value.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or ':' or '.' or '+'))
            return false;
        var reader = new Utf8JsonReader(Encoding.ASCII.GetBytes($"\"{value}\""));
        return reader.Read() && reader.TryGetDateTimeOffset(out _);
    }
}
