using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Dapper;

namespace Kadeploy.Controller.Storage;

/// <summary>
/// What lists say of operations that ended. It follows from the journal, but reading thousands of outcomes for one line of a list would take a tenth of a second.
/// </summary>
internal sealed class SummaryStore(Database database)
{
    /// <summary>The summary of an ended operation; made and kept when there is none yet.</summary>
    public T Of<T>(string operation, JsonTypeInfo<T> type, Func<T> make) where T : class
    {
        var kept = database.Read(connection => connection.QueryFirstOrDefault<string>("SELECT summary FROM deployments WHERE id = @operation", new { operation }));
        if (kept is not null && JsonSerializer.Deserialize(kept, type) is { } summary)
            return summary;
        summary = make();
        var text = JsonSerializer.Serialize(summary, type);
        database.Write(connection => connection.Execute("UPDATE deployments SET summary = @text WHERE id = @operation AND ended = 1", new { operation, text }));
        return summary;
    }
}
