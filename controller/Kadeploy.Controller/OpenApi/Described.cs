using System.Text.Json.Serialization.Metadata;

namespace Kadeploy.Controller.OpenApi;

/// <summary>On an endpoint: what the OpenAPI document says about it.</summary>
/// <param name="Summary">What it does, in a few words.</param>
/// <param name="Request">Its body; null for none.</param>
/// <param name="Example">A body as one would send it, in JSON; null for none.</param>
/// <param name="Response">Its answer when all goes well; null for none.</param>
/// <param name="Status">Status of that answer.</param>
/// <param name="MediaType">Media type of that answer.</param>
internal sealed record Described(string Summary, JsonTypeInfo? Request, string? Example, JsonTypeInfo? Response, int Status, string MediaType);

/// <summary>How endpoints are described.</summary>
internal static class Descriptions
{
    /// <summary>Says what the endpoint does and answers.</summary>
    public static TBuilder Describe<TBuilder>(
        this TBuilder endpoint, string summary, JsonTypeInfo? response = null, int status = 0, JsonTypeInfo? request = null, string? example = null, string media = "application/json")
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new Described(summary, request, example, response, status != 0 ? status : response is null && media == "application/json" ? 204 : 200, media));
}
