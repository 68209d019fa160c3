using System.Text.Json;
using Dapper;
using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Storage;
using Microsoft.Data.Sqlite;

namespace Kadeploy.Controller.Webhooks;

/// <summary>Which ends of operations have still to be told to whom. Filled in the transaction that ends the operation, so that none is forgotten.</summary>
internal sealed class WebhookOutbox(Database database, ControllerConfiguration configuration, TimeProvider time)
{
    private TaskCompletionSource _filled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when something was put in.</summary>
    public Task Filled => Volatile.Read(ref _filled).Task;

    /// <summary>Inside the transaction of <paramref name="connection"/>.</summary>
    public void Put(SqliteConnection connection, string deployment)
    {
        foreach (var hook in configuration.Webhooks)
            connection.Execute(
                "INSERT INTO webhook_outbox(deployment, url, tries, due_at) VALUES (@deployment, @url, 0, @at)",
                new { deployment, url = hook.Url.AbsoluteUri, at = Instant.Write(time.GetUtcNow()) });
    }

    /// <summary>After that transaction was committed.</summary>
    public void Wake() => Interlocked.Exchange(ref _filled, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();

    /// <summary>The one that is due first at an address; null when there is none.</summary>
    public Letter? First(string url) => database.Read(connection => connection.QueryFirstOrDefault<Row>(
        "SELECT position, deployment, url, tries, due_at AS DueAt FROM webhook_outbox WHERE url = @url ORDER BY due_at, position LIMIT 1", new { url })?.ToLetter());

    /// <summary>Addresses that were taken out of the configuration are told nothing more.</summary>
    public void Keep(IEnumerable<string> urls) => database.Write(connection => connection.Execute(
        "DELETE FROM webhook_outbox WHERE url NOT IN (SELECT value FROM json_each(@urls))", new { urls = JsonSerializer.Serialize(urls, StorageJson.Default.IEnumerableString) }));

    public void Delivered(Letter letter) => database.Write(connection =>
        connection.Execute("DELETE FROM webhook_outbox WHERE position = @Position", new { letter.Position }));

    public void Later(Letter letter, DateTimeOffset due) => database.Write(connection => connection.Execute(
        "UPDATE webhook_outbox SET tries = tries + 1, due_at = @due WHERE position = @Position", new { letter.Position, due = Instant.Write(due) }));

    /// <summary>One thing to be told to one address.</summary>
    internal sealed record Letter(long Position, string Deployment, string Url, int Tries, DateTimeOffset DueAt);

#pragma warning disable CA1812 // Dapper makes them.
    private sealed class Row
#pragma warning restore CA1812
    {
        public long Position { get; set; }
        public string Deployment { get; set; } = "";
        public string Url { get; set; } = "";
        public long Tries { get; set; }
        public string DueAt { get; set; } = "";

        public Letter ToLetter() => new(Position, Deployment, Url, (int)Tries, Instant.Read(DueAt));
    }
}
