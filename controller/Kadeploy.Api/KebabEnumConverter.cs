using System.Text.Json;
using System.Text.Json.Serialization;

namespace Kadeploy.Api;

/// <summary>Writes enumeration members in kebab-case (<c>Idle</c> as <c>idle</c>) and reads nothing else: numbers are refused.</summary>
/// <typeparam name="T">The enumeration.</typeparam>
public sealed class KebabEnumConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false)
    where T : struct, Enum;
