using System.Text.Json;

namespace Kadeploy.Controller.Power;

/// <summary>A resource as a Redfish service sent it.</summary>
/// <param name="Json">The body.</param>
/// <param name="ETag">Its version, or null.</param>
internal sealed record RedfishAnswer(JsonElement Json, string? ETag);
