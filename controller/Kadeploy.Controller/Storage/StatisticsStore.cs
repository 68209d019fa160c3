using System.IO.Compression;
using System.Text.Json;
using Dapper;
using Kadeploy.Api;
using Kadeploy.Api.Deployments;
using Kadeploy.Api.Operations;
using Kadeploy.Api.Statistics;

namespace Kadeploy.Controller.Storage;

/// <summary>
/// What statistics say of operations that ended, a row for each node of each. It follows from the journal, but reading that for every question would take
/// minutes where thousands of operations are kept. An operation is in here whole or not at all.
/// </summary>
internal sealed class StatisticsStore(Database database)
{
    private const string Asked =
        """
        FROM operation_statistics JOIN deployments USING(position)
        WHERE (@user IS NULL OR user = @user) AND (@operation IS NULL OR id = @operation) AND (@since IS NULL OR started_at >= @since)
        """;

    /// <summary>Operations that ended and are not in here, newest first: those of a former kadeployd, and those that it had no time for.</summary>
    /// <param name="operation">Only this one; null for all.</param>
    public IReadOnlyList<string> Missing(string? operation) => database.Read(connection => connection.Query<string>(
        """
        SELECT id FROM deployments WHERE ended = 1 AND (@operation IS NULL OR id = @operation)
            AND NOT EXISTS (SELECT 1 FROM operation_statistics WHERE operation_statistics.position = deployments.position)
        ORDER BY position DESC
        """,
        new { operation }).ToList());

    public bool Has(string operation) => database.Read(connection => connection.ExecuteScalar<bool>(
        "SELECT EXISTS (SELECT 1 FROM operation_statistics JOIN deployments USING(position) WHERE id = @operation)", new { operation }));

    /// <summary>Keeps what became of an operation; nothing when that is kept.</summary>
    /// <param name="it">The operation.</param>
    /// <param name="nodes">Its nodes, in the order in which they are to be listed.</param>
    /// <param name="steps">Their micro-steps.</param>
    public Task KeepAsync(OperationLine it, IReadOnlyList<NodeStatistics> nodes, IReadOnlyList<StepStatistics> steps)
    {
        // There are twenty times as many of them as nodes, and nobody asks what they have in common: one text, a twentieth of its size when packed.
        var packed = Pack(steps);
        return database.WriteAsync(connection =>
        {
            var kept = connection.Execute(
                """
                INSERT OR IGNORE INTO operation_statistics(position, kind, user, environment, started_at, steps)
                SELECT position, @kind, @User, @Environment, @at, @packed FROM deployments WHERE id = @Id AND ended = 1
                """,
                new { it.Id, kind = it.Kind.ToString(), it.User, it.Environment, at = Instant.Write(it.StartedAt), packed });
            if (kept == 0)
                return;
            var position = connection.ExecuteScalar<long>("SELECT position FROM deployments WHERE id = @Id", new { it.Id });
            connection.Execute(
                """
                INSERT INTO node_statistics(position, rank, node, verdict, seconds, retries, macro_seconds, stage, reason)
                VALUES (@position, @rank, @Node, @verdict, @Seconds, @Retries, @macro, @Stage, @Reason)
                """,
                nodes.Select((n, rank) => new
                {
                    position,
                    rank,
                    n.Node,
                    verdict = n.Verdict.ToString(),
                    n.Seconds,
                    n.Retries,
                    macro = JsonSerializer.Serialize(n.MacroSeconds, StorageJson.Default.IReadOnlyDictionaryStringDouble),
                    n.Stage,
                    n.Reason,
                }));
        });
    }

    /// <summary>Operations, newest first.</summary>
    /// <param name="user">Only this user's; null for everybody's.</param>
    /// <param name="operation">Only this one; null for all.</param>
    /// <param name="since">Only those accepted since then.</param>
    public IReadOnlyList<OperationLine> Operations(string? user, string? operation, DateTimeOffset? since) => database.Read(connection =>
        connection.Query<(long Position, string Id, string Kind, string User, string Environment, string StartedAt)>(
            $"SELECT position, id, kind, user, environment, started_at {Asked} ORDER BY position DESC", Question(user, operation, since))
            .Select(row => new OperationLine(row.Id, Enum.Parse<OperationKind>(row.Kind), row.User, row.Environment, Instant.Read(row.StartedAt)) { Position = row.Position }).ToList());

    public IReadOnlyList<NodeStatistics> Nodes(OperationLine it) => database.Read(connection =>
        connection.Query<(string Node, string Verdict, double Seconds, long Retries, string Macro, string? Stage, string? Reason)>(
            "SELECT node, verdict, seconds, retries, macro_seconds, stage, reason FROM node_statistics WHERE position = @Position ORDER BY rank", new { it.Position })
            .Select(row => new NodeStatistics(
                it.Id, it.Kind, it.User, it.Environment, row.Node, Enum.Parse<NodeVerdict>(row.Verdict), it.StartedAt, row.Seconds, (int)row.Retries,
                JsonSerializer.Deserialize(row.Macro, StorageJson.Default.IReadOnlyDictionaryStringDouble)!, row.Stage, row.Reason)).ToList());

    public IReadOnlyList<StepStatistics> Steps(OperationLine it) => database.Read(connection =>
        Unpack(connection.ExecuteScalar<byte[]>("SELECT steps FROM operation_statistics WHERE position = @Position", new { it.Position })!));

    /// <summary>How often operations failed on each node, in no order; <see cref="NodeFailures.FailureRate"/> is left to the reader.</summary>
    public IReadOnlyList<NodeFailures> Failures(string? user, string? operation, DateTimeOffset? since) => database.Read(connection =>
        connection.Query<(string Node, long Operations, long Failed, long? Last, string At, string? Stage, string? Reason)>(
            // With one max() SQLite takes the columns that are no sums from the row that has it: the newest failure.
            $"""
            SELECT node, count(*), sum(verdict = 'Failed'), max(CASE verdict WHEN 'Failed' THEN position END), started_at, stage, reason
            FROM node_statistics JOIN (SELECT position, started_at {Asked}) USING(position)
            WHERE verdict IN ('Deployed', 'Done', 'Failed') GROUP BY node
            """,
            Question(user, operation, since))
            .Select(row => row.Last is null
                ? new NodeFailures(row.Node, (int)row.Operations, 0, 0)
                : new NodeFailures(row.Node, (int)row.Operations, (int)row.Failed, 0, Instant.Read(row.At), row.Stage, row.Reason)).ToList());

    private static object Question(string? user, string? operation, DateTimeOffset? since) => new { user, operation, since = since is { } s ? Instant.Write(s) : null };

    private static byte[] Pack(IReadOnlyList<StepStatistics> steps)
    {
        using var packed = new MemoryStream();
        using (var zip = new GZipStream(packed, CompressionLevel.Fastest))
            JsonSerializer.Serialize(zip, new StepStatisticsList(steps), ApiJson.Default.StepStatisticsList);
        return packed.ToArray();
    }

    private static IReadOnlyList<StepStatistics> Unpack(byte[] packed)
    {
        using var zip = new GZipStream(new MemoryStream(packed), CompressionMode.Decompress);
        return JsonSerializer.Deserialize(zip, ApiJson.Default.StepStatisticsList)!.Rows;
    }
}
