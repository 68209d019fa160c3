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
            value = await JsonSerializer.DeserializeAsync(http.Request.Body, type, http.RequestAborted);
        }
        catch (JsonException e)
        {
            return Problems.BadBody(e);
        }
        return value is null ? Problems.BadBody(new JsonException("the body is null")) : await then(value);
    }
}
