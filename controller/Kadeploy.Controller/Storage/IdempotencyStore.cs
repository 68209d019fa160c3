using Dapper;

namespace Kadeploy.Controller.Storage;

/// <summary>Answers to requests that carried a key, for a day.</summary>
internal sealed class IdempotencyStore(Database database, TimeProvider time)
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(1);

    /// <summary>What is known of an earlier request with this key; null when this is the first, which is noted.</summary>
    public Earlier? Begin(string user, string key, string digest) => database.Write(connection =>
    {
        var now = time.GetUtcNow();
        connection.Execute("DELETE FROM idempotency WHERE at < @old", new { old = Instant.Write(now - Kept) });
        var earlier = connection.QueryFirstOrDefault<Row>(
            """
            SELECT digest, status, media_type AS MediaType, body, deployments.id AS Operation
            FROM idempotency LEFT JOIN deployments ON deployments.id = operation WHERE user = @user AND key = @key
            """,
            new { user, key });
        if (earlier is not null)
            return new Earlier(earlier.Digest, (int?)earlier.Status, earlier.MediaType, earlier.Body ?? [], earlier.Operation);
        connection.Execute(
            "INSERT INTO idempotency(user, key, digest, at) VALUES (@user, @key, @digest, @at)", new { user, key, digest, at = Instant.Write(now) });
        return null;
    });

    /// <summary>The request is about to start this operation.</summary>
    public void Starts(string user, string key, string operation) => database.Write(connection => connection.Execute(
        "UPDATE idempotency SET operation = @operation WHERE user = @user AND key = @key", new { user, key, operation }));

    public void Finish(string user, string key, int status, string? mediaType, byte[] body) => database.Write(connection => connection.Execute(
        "UPDATE idempotency SET status = @status, media_type = @mediaType, body = @body WHERE user = @user AND key = @key", new { user, key, status, mediaType, body }));

    public void Forget(string user, string key) => database.Write(connection => connection.Execute(
        "DELETE FROM idempotency WHERE user = @user AND key = @key AND status IS NULL", new { user, key }));

    /// <summary>An earlier request.</summary>
    /// <param name="Digest">Of its path and body.</param>
    /// <param name="Status">Status of its answer; null when it has none yet.</param>
    /// <param name="MediaType">Media type of its answer.</param>
    /// <param name="Body">Body of its answer.</param>
    /// <param name="Operation">The operation that it started, if it came to that.</param>
    internal sealed record Earlier(string Digest, int? Status, string? MediaType, byte[] Body, string? Operation);

#pragma warning disable CA1812 // Dapper makes them.
    private sealed class Row
#pragma warning restore CA1812
    {
        public string Digest { get; set; } = "";
        public long? Status { get; set; }
        public string? MediaType { get; set; }
        public byte[]? Body { get; set; }
        public string? Operation { get; set; }
    }
}
