using System.Text.Json.Nodes;

namespace Kadeploy.Controller.Tests.OpenApi;

/// <summary>As much of JSON Schema (2020-12) as the document uses; what it does not know, it refuses, so that nothing passes unseen.</summary>
internal sealed class SchemaCheck(JsonObject document)
{
    private static readonly string[] Known = ["type", "properties", "required", "items", "enum", "anyOf", "$ref", "additionalProperties", "format", "default", "pattern", "maxLength"];

    /// <summary>What is wrong with a value, each with its path; empty when it fits.</summary>
    public IEnumerable<string> Problems(JsonNode? value, JsonNode schema, string path = "$")
    {
        // true and {} allow everything.
        if (schema is JsonValue || schema is JsonObject { Count: 0 })
            return [];
        var it = schema.AsObject();
        if (it.Select(p => p.Key).FirstOrDefault(k => !Known.Contains(k)) is { } unknown)
            return [$"{path}: the schema says '{unknown}', which this check does not know"];
        if (it["$ref"] is { } reference)
            return Problems(value, Resolve(reference.GetValue<string>()), path);
        if (it["anyOf"] is JsonArray any)
            return any.Any(one => !Problems(value, one!, path).Any()) ? [] : [$"{path}: fits none of {any.ToJsonString()}"];
        if (it["enum"] is JsonArray allowed)
            return allowed.Any(a => JsonNode.DeepEquals(a, value)) ? [] : [$"{path}: {value?.ToJsonString()} is none of {allowed.ToJsonString()}"];
        if (it["type"] is { } type && !Types(type).Any(t => Is(value, t)))
            return [$"{path}: {value?.ToJsonString() ?? "null"} is not of type {type.ToJsonString()}"];
        return value switch
        {
            JsonObject o => Members(o, it, path),
            JsonArray a when it["items"] is { } items => a.SelectMany((e, i) => Problems(e, items, $"{path}[{i}]")),
            _ => [],
        };
    }

    private IEnumerable<string> Members(JsonObject value, JsonObject schema, string path)
    {
        foreach (var name in schema["required"]?.AsArray() ?? [])
            if (!value.ContainsKey(name!.GetValue<string>()))
                yield return $"{path}.{name} is missing";
        foreach (var (name, member) in value)
        {
            var its = schema["properties"]?[name] ?? schema["additionalProperties"];
            if (its is null)
                yield return $"{path}.{name} is not in the document";
            else
                foreach (var problem in Problems(member, its, $"{path}.{name}"))
                    yield return problem;
        }
    }

    private JsonNode Resolve(string reference) =>
        reference.TrimStart('#', '/').Split('/').Aggregate((JsonNode)document, (at, name) => at[name] ?? throw new KeyNotFoundException($"{reference} leads nowhere"));

    private static IEnumerable<string> Types(JsonNode type) => type is JsonArray several ? several.Select(t => t!.GetValue<string>()) : [type.GetValue<string>()];

    private static bool Is(JsonNode? value, string type) => type switch
    {
        "null" => value is null,
        "object" => value is JsonObject,
        "array" => value is JsonArray,
        "string" => value?.GetValueKind() == System.Text.Json.JsonValueKind.String,
        "boolean" => value?.GetValueKind() is System.Text.Json.JsonValueKind.True or System.Text.Json.JsonValueKind.False,
        "integer" => value?.GetValueKind() == System.Text.Json.JsonValueKind.Number && value.ToJsonString().All(c => char.IsAsciiDigit(c) || c == '-'),
        "number" => value?.GetValueKind() == System.Text.Json.JsonValueKind.Number,
        _ => throw new NotSupportedException(type),
    };
}
