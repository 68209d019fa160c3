using System.Globalization;
using System.Text.Json.Nodes;
using Kadeploy.Api;
using Kadeploy.Controller.Api;
using Microsoft.AspNetCore.Routing.Patterns;

namespace Kadeploy.Controller.OpenApi;

/// <summary><c>GET /v1/openapi.json</c>: the document of the API (OpenAPI 3.1.0), made from the endpoints themselves, so that none is forgotten.</summary>
internal static class ApiDocument
{
    public static void Map(IEndpointRouteBuilder routes, IEndpointRouteBuilder all) =>
        routes.MapGet(Routes.OpenApi, (HttpContext http) => Results.Text(Make(all).ToJsonString(), "application/json"))
            .Describe("This document");

    private static JsonObject Make(IEndpointRouteBuilder all)
    {
        var schemas = new SchemaBook();
        var paths = new SortedDictionary<string, JsonObject>(StringComparer.Ordinal);
        foreach (var endpoint in all.DataSources.SelectMany(s => s.Endpoints).OfType<RouteEndpoint>())
        {
            if (endpoint.Metadata.GetMetadata<ServedOn>()?.Role != ListenerRole.Api)
                continue;
            var path = Path(endpoint.RoutePattern);
            // Prometheus's, with a form of its own.
            if (path == Routes.Metrics)
                continue;
            foreach (var method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? [])
                (paths.TryGetValue(path, out var item) ? item : paths[path] = new JsonObject())[method.ToLowerInvariant()] = Operation(endpoint, method, path, schemas);
        }
        var problem = schemas.Of(ApiJson.Default.Problem);
        var document = new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject { ["title"] = "Kadeploy", ["version"] = InfoEndpoint.Version, ["description"] = "Installs operating systems on clusters of bare-metal nodes." },
            ["security"] = new JsonArray(new JsonObject { ["token"] = new JsonArray() }, new JsonObject { ["password"] = new JsonArray() }),
            ["paths"] = new JsonObject(paths.Select(p => KeyValuePair.Create<string, JsonNode?>(p.Key, p.Value))),
            ["components"] = new JsonObject
            {
                ["securitySchemes"] = new JsonObject
                {
                    ["token"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer" },
                    ["password"] = new JsonObject { ["type"] = "http", ["scheme"] = "basic" },
                },
                ["responses"] = new JsonObject
                {
                    ["Problem"] = new JsonObject { ["description"] = "Refused or failed; its type says why (RFC 9457)", ["content"] = Content(Problem.MediaType, problem) },
                },
                ["schemas"] = schemas.All(),
            },
        };
        return document;
    }

    private static JsonObject Operation(RouteEndpoint endpoint, string method, string path, SchemaBook schemas)
    {
        var described = endpoint.Metadata.GetMetadata<Described>();
        var operation = new JsonObject
        {
            ["operationId"] = OperationId(method, path),
            ["summary"] = described?.Summary ?? "",
            ["tags"] = new JsonArray(path.Split('/')[2]),
            ["parameters"] = Parameters(endpoint, method),
        };
        if (described?.Request is { } request)
        {
            var content = new JsonObject { ["schema"] = schemas.Of(request) };
            if (described.Example is { } example)
                content["example"] = JsonNode.Parse(example);
            operation["requestBody"] = new JsonObject { ["required"] = true, ["content"] = new JsonObject { ["application/json"] = content } };
        }
        var good = new JsonObject { ["description"] = described?.Summary ?? "" };
        if (described?.Response is { } response)
            good["content"] = Content(described.MediaType, schemas.Of(response));
        else if (described is { MediaType: not "application/json" })
            good["content"] = Content(described.MediaType, new JsonObject { ["type"] = "string" });
        operation["responses"] = new JsonObject
        {
            [(described?.Status ?? 200).ToString(CultureInfo.InvariantCulture)] = good,
            ["default"] = new JsonObject { ["$ref"] = "#/components/responses/Problem" },
        };
        return operation;
    }

    private static JsonArray Parameters(RouteEndpoint endpoint, string method)
    {
        var parameters = new JsonArray();
        foreach (var parameter in endpoint.RoutePattern.Parameters)
            parameters.Add(Parameter(parameter.Name, "path", true, new JsonObject { ["type"] = "string" }));
        foreach (var parameter in QueryParameter.Of(endpoint))
            parameters.Add(Parameter(parameter.Name, "query", false, Schema(parameter)));
        if (method == "POST")
            parameters.Add(Parameter(IdempotencyKeys.Header, "header", false, new JsonObject { ["type"] = "string", ["maxLength"] = IdempotencyKeys.Longest }));
        return parameters;
    }

    private static JsonObject Parameter(string name, string place, bool required, JsonObject schema) =>
        new() { ["name"] = name, ["in"] = place, ["required"] = required, ["schema"] = schema };

    private static JsonObject Schema(QueryParameter it) =>
        it.Name == "limit" ? new JsonObject { ["type"] = "integer", ["minimum"] = 1, ["maximum"] = Page.Most }
        : it.Type == typeof(string) ? new JsonObject { ["type"] = "string", ["maxLength"] = it.Longest }
        : it.Type == typeof(bool) ? new JsonObject { ["type"] = "boolean" }
        : it.Type == typeof(DateTimeOffset) ? new JsonObject { ["type"] = "string", ["format"] = "date-time" }
        : new JsonObject { ["type"] = "integer" };

    private static JsonObject Content(string media, JsonNode schema) => new() { [media] = new JsonObject { ["schema"] = schema } };

    private static string Path(RoutePattern pattern) => "/" + string.Join('/', pattern.PathSegments.Select(segment => string.Concat(segment.Parts.Select(part => part switch
    {
        RoutePatternParameterPart parameter => $"{{{parameter.Name}}}",
        RoutePatternLiteralPart literal => literal.Content,
        _ => "",
    }))));

    private static string OperationId(string method, string path) =>
        method.ToLowerInvariant() + string.Concat(path.Split('/', '.', '-').Skip(2).Where(p => p.Length > 0).Select(p => p.Trim('{', '}')).Select(p => char.ToUpperInvariant(p[0]) + p[1..]));
}
