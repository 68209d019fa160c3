using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Kadeploy.Controller.Api;

/// <summary>
/// Finds what is wrong with a body by its shape, and says it in the words of the contract: what the reader of JSON lets pass — fields that the contract does not
/// have, for what they ask for would not be done, and null as an element of a list or as a value of a mapping — and what it would only say with names of ours.
/// </summary>
internal static class BodyShape
{
    // What is expected, for queries too.
    public const string WholeNumber = "a whole number of that size";
    public const string Flag = "true or false";
    public const string Time = "a time such as 2030-01-01T00:00:00Z";

    /// <summary>The first that is wrong, with its path as <c>macs[1]</c> or <c>attributes.rack</c>, empty for the body itself; null when nothing is.</summary>
    /// <param name="body">What came.</param>
    /// <param name="type">What it is to be read as.</param>
    /// <param name="path">Where it stands; empty for the body itself.</param>
    public static (string Path, string Problem)? Mistake(JsonElement body, JsonTypeInfo type, string path = "") => (type.Kind, body.ValueKind) switch
    {
        // The reader knows where null may stand.
        (_, JsonValueKind.Null) => null,
        (JsonTypeInfoKind.Object, JsonValueKind.Object) => First(body.EnumerateObject().Select(field =>
            type.Properties.FirstOrDefault(p => p.Name.Equals(field.Name, StringComparison.OrdinalIgnoreCase)) is { } known
                ? Mistake(field.Value, type.Options.GetTypeInfo(known.PropertyType), Below(path, known.Name))
                : (Below(path, Short(field.Name)), $"is no field here; known: {string.Join(", ", type.Properties.Select(p => p.Name))}"))) ?? Missing(body, type, path),
        (JsonTypeInfoKind.Enumerable, JsonValueKind.Array) => First(body.EnumerateArray().Select((element, i) => Element(element, type, $"{path}[{i}]"))),
        (JsonTypeInfoKind.Dictionary, JsonValueKind.Object) => First(body.EnumerateObject().Select(entry => Element(entry.Value, type, Below(path, Short(entry.Name))))),
        _ => Expected(body, type) is { } expected ? (path, $"is not {expected}") : null,
    };

    private static (string, string)? Missing(JsonElement body, JsonTypeInfo type, string path)
    {
        var given = body.EnumerateObject().Select(field => field.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return type.Properties.FirstOrDefault(p => p.AssociatedParameter is { HasDefaultValue: false } && !given.Contains(p.Name)) is { } missing
            ? (Below(path, missing.Name), "is missing")
            : null;
    }

    /// <summary>What is expected in place of a value; null when it may be right.</summary>
    private static string? Expected(JsonElement value, JsonTypeInfo type)
    {
        var wanted = Nullable.GetUnderlyingType(type.Type) ?? type.Type;
        return type.Kind switch
        {
            JsonTypeInfoKind.Enumerable => "a list",
            JsonTypeInfoKind.Object or JsonTypeInfoKind.Dictionary => "an object",
            _ when wanted == typeof(string) => value.ValueKind == JsonValueKind.String ? null : "a text",
            _ when wanted == typeof(bool) => value.ValueKind is JsonValueKind.True or JsonValueKind.False ? null : Flag,
            _ when wanted == typeof(int) => value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out _) ? null : WholeNumber,
            _ when wanted == typeof(long) => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _) ? null : WholeNumber,
            _ when wanted == typeof(DateTimeOffset) => value.ValueKind == JsonValueKind.String && value.TryGetDateTimeOffset(out _) ? null : Time,
            _ when wanted.IsEnum => Names(wanted) is var names && value.ValueKind == JsonValueKind.String && names.Contains(value.GetString(), StringComparer.OrdinalIgnoreCase)
                ? null
                : $"one of {string.Join(", ", names)}",
            _ => null,
        };
    }

    // As KebabEnumConverter writes them.
    private static IReadOnlyList<string> Names(Type type) => [.. Enum.GetNames(type).Select(JsonNamingPolicy.KebabCaseLower.ConvertName)];

    private static (string, string)? Element(JsonElement element, JsonTypeInfo type, string path) =>
        element.ValueKind == JsonValueKind.Null ? (path, "is null") : Mistake(element, type.Options.GetTypeInfo(type.ElementType!), path);

    private static (string, string)? First(IEnumerable<(string, string)?> mistakes) => mistakes.FirstOrDefault(m => m is not null);

    private static string Below(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    /// <summary>A name that a client chose, as it is repeated to it.</summary>
    public static string Short(string name) => name.Length <= 100 ? name : name[..100] + "…";
}
