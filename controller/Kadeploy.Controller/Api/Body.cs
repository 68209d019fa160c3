using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Kadeploy.Controller.Api;

/// <summary>Reads request bodies by hand, so that a wrong one is answered with the field at fault.</summary>
internal static class Body
{
    /// <summary>Reads the body and hands it on; answers 400 itself when it is no such JSON.</summary>
    public static async Task<IResult> ReadAsync<T>(HttpContext http, JsonTypeInfo<T> type, Func<T, Task<IResult>> then) where T : class
    {
        T? value;
        try
        {
            using var body = await JsonDocument.ParseAsync(http.Request.Body, default, http.RequestAborted);
            if (BodyShape.Mistake(body.RootElement, type) is var (path, problem))
                return Problems.BadBody(path, problem);
            value = body.Deserialize(type);
        }
        catch (JsonException e)
        {
            return Problems.BadBody(e);
        }
        catch (InvalidOperationException)
        {
            // A name with half a surrogate pair (RFC 8259, 8.2): JsonElement cannot give it as text.
            return Problems.BadBody(new JsonException("holds a text that is no Unicode"));
        }
        return value is null ? Problems.BadBody(new JsonException("the body is null")) : await then(value);
    }
}
