using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Kadeploy.Controller.Statistics;

/// <summary>Rows as an answer, sent while they are read: those of thousands of operations on thousands of nodes are too many to hold.</summary>
/// <param name="rows">The rows.</param>
/// <param name="type">How the contract writes one; all of them are <c>rows</c> of one object.</param>
/// <param name="csv">As CSV instead.</param>
/// <param name="header">Its first line.</param>
/// <param name="cells">Its other lines.</param>
internal sealed class Rows<T>(IEnumerable<T> rows, JsonTypeInfo<T> type, bool csv, IReadOnlyList<string> header, Func<T, IReadOnlyList<object?>> cells) : IResult
{
    private const int Chunk = 64 << 10;

    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.ContentType = $"{(csv ? Csv.MediaType : "application/json")}; charset=utf-8";
        return csv ? CsvAsync(httpContext) : JsonAsync(httpContext);
    }

    private async Task CsvAsync(HttpContext http)
    {
        var body = http.Response.BodyWriter;
        var unsent = Encoding.UTF8.GetBytes(Csv.Line(header), body);
        foreach (var row in rows)
        {
            unsent += Encoding.UTF8.GetBytes(Csv.Line(cells(row)), body);
            if (unsent < Chunk)
                continue;
            await body.FlushAsync(http.RequestAborted);
            unsent = 0;
        }
    }

    private async Task JsonAsync(HttpContext http)
    {
        await using var json = new Utf8JsonWriter(http.Response.BodyWriter);
        json.WriteStartObject();
        json.WriteStartArray("rows");
        foreach (var row in rows)
        {
            JsonSerializer.Serialize(json, row, type);
            if (json.BytesPending >= Chunk)
            {
                await json.FlushAsync(http.RequestAborted);
                await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
            }
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
