using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Kadeploy.Controller.Api;

/// <summary>
/// Finds what the reader of JSON lets pass: fields that the contract does not have, for what they ask for would not be done; and null as an element of a list or
/// as a value of a mapping.
/// </summary>
internal static class BodyShape
{
    /// <summary>The first that is wrong, with its path as <c>macs[1]</c> or <c>attributes.rack</c>; null when nothing is.</summary>
    /// <param name="body">What came.</param>
    /// <param name="type">What it is to be read as.</param>
    /// <param name="path">Where it stands; empty for the body itself.</param>
    public static (string Path, string Problem)? Mistake(JsonElement body, JsonTypeInfo type, string path = "") => (type.Kind, body.ValueKind) switch
    {
        (JsonTypeInfoKind.Object, JsonValueKind.Object) => First(body.EnumerateObject().Select(field =>
            type.Properties.FirstOrDefault(p => p.Name.Equals(field.Name, StringComparison.OrdinalIgnoreCase)) is { } known
                ? Mistake(field.Value, type.Options.GetTypeInfo(known.PropertyType), Below(path, known.Name))
                : (Below(path, Short(field.Name)), $"is no field here; known: {string.Join(", ", type.Properties.Select(p => p.Name))}"))),
        (JsonTypeInfoKind.Enumerable, JsonValueKind.Array) => First(body.EnumerateArray().Select((element, i) => Element(element, type, $"{path}[{i}]"))),
        (JsonTypeInfoKind.Dictionary, JsonValueKind.Object) => First(body.EnumerateObject().Select(entry => Element(entry.Value, type, Below(path, Short(entry.Name))))),
        // The reader itself says what a value of another kind is.
        _ => null,
    };

    private static (string, string)? Element(JsonElement element, JsonTypeInfo type, string path) =>
        element.ValueKind == JsonValueKind.Null ? (path, "is null") : Mistake(element, type.Options.GetTypeInfo(type.ElementType!), path);

    private static (string, string)? First(IEnumerable<(string, string)?> mistakes) => mistakes.FirstOrDefault(m => m is not null);

    private static string Below(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    private static string Short(string name) => name.Length <= 100 ? name : name[..100] + "…";
}
