using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Kadeploy.Api;

namespace Kadeploy.Cli.Output;

/// <summary>The contract's records as indented JSON: what --json prints is what the API serves.</summary>
internal static class JsonOutput
{
    public static ApiJson Indented { get; } = new(new JsonSerializerOptions(ApiJson.Default.Options)
    {
        WriteIndented = true,
        // Printed for pipes and people, never into a web page.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    public static string Text<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.Serialize(value, type);
}
