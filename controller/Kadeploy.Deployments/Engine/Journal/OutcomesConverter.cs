using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Kadeploy.Deployments.Engine.Journal;

/// <summary>
/// Outcomes by node. Those that are done and have nothing to add are names in one list, <c>{"$done":["node-1",…],"node-2":{…}}</c>: of thousands
/// of nodes in a step nearly all are, and what each of them was written by itself cost more than the rest of the step. No node's name has a <c>$</c>.
/// </summary>
internal sealed class OutcomesConverter : JsonConverter<IReadOnlyDictionary<string, Outcome>>
{
    private const string Done = "$done";

    public override IReadOnlyDictionary<string, Outcome> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var outcomes = new Dictionary<string, Outcome>();
        var type = (JsonTypeInfo<Outcome>)options.GetTypeInfo(typeof(Outcome));
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            if (name != Done)
            {
                outcomes[name] = JsonSerializer.Deserialize(ref reader, type) ?? throw new JsonException($"{name} has no outcome");
                continue;
            }

            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                outcomes[reader.GetString()!] = Outcome.Done.Plain;
        }

        return outcomes;
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyDictionary<string, Outcome> value, JsonSerializerOptions options)
    {
        var type = (JsonTypeInfo<Outcome>)options.GetTypeInfo(typeof(Outcome));
        writer.WriteStartObject();
        writer.WriteStartArray(Done);
        foreach (var (node, outcome) in value)
        {
            if (IsPlain(outcome))
                writer.WriteStringValue(node);
        }

        writer.WriteEndArray();
        foreach (var (node, outcome) in value)
        {
            if (IsPlain(outcome))
                continue;
            writer.WritePropertyName(node);
            JsonSerializer.Serialize(writer, outcome, type);
        }

        writer.WriteEndObject();
    }

    private static bool IsPlain(Outcome outcome) => outcome is Outcome.Done { Facts.Count: 0 };
}
