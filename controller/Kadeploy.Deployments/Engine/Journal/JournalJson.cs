using System.Text.Json.Serialization;

namespace Kadeploy.Deployments.Engine.Journal;

/// <summary>The journal's JSON. Members may be added to its records, never renamed: running deployments outlive an upgrade.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(Happening))]
[JsonSerializable(typeof(Outcome))]
internal sealed partial class JournalJson : JsonSerializerContext;
