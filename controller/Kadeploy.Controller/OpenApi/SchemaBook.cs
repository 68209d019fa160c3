using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;

namespace Kadeploy.Controller.OpenApi;

/// <summary>The JSON schemas of the contract's records, each once under its name, made from the same type information that reads and writes them.</summary>
internal sealed class SchemaBook
{
    private readonly SortedDictionary<string, JsonNode> _schemas = new(StringComparer.Ordinal);
    private readonly JsonSchemaExporterOptions _options;

    public SchemaBook() => _options = new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = Transform };

    /// <summary>A reference to the schema of this type.</summary>
    public JsonObject Of(JsonTypeInfo type)
    {
        var name = type.Type.Name;
        if (!_schemas.ContainsKey(name))
        {
            _schemas[name] = new JsonObject();
            _schemas[name] = type.GetJsonSchemaAsNode(_options);
        }
        return Reference(name);
    }

    /// <summary>For <c>components.schemas</c>.</summary>
    public JsonObject All()
    {
        var all = new JsonObject();
        foreach (var (name, schema) in _schemas)
            all[name] = schema.DeepClone();
        return all;
    }

    private static JsonObject Reference(string name) => new() { ["$ref"] = $"#/components/schemas/{name}" };

    private JsonNode Transform(JsonSchemaExporterContext context, JsonNode schema)
    {
        var isOurs = context.TypeInfo.Type.Namespace?.StartsWith("Kadeploy.", StringComparison.Ordinal) == true;
        if (!isOurs || context.Path.IsEmpty || context.TypeInfo.Kind != JsonTypeInfoKind.Object)
            return schema;
        var reference = Of(context.TypeInfo);
        // "type": ["object", "null"] is how the exporter says that a property may be null.
        return schema is JsonObject it && it["type"] is JsonArray ? new JsonObject { ["anyOf"] = new JsonArray(reference, new JsonObject { ["type"] = "null" }) } : reference;
    }
}
