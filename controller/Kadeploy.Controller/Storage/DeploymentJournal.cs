using Dapper;
using Kadeploy.Api.Audit;
using Kadeploy.Controller.Nodes;
using Kadeploy.Controller.Webhooks;
using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Engine.Journal;
using Kadeploy.Deployments.Plans;
using Microsoft.Data.Sqlite;

namespace Kadeploy.Controller.Storage;

/// <summary>The engine's journal; what a verdict says about a node is kept with the node in the same transaction.</summary>
internal sealed partial class DeploymentJournal(Database database, WebhookOutbox webhooks, ILogger<DeploymentJournal> log) : IDeploymentJournal
{
    private readonly CrashPoint _crash = CrashPoint.FromEnvironment();

    private const string Select = "SELECT deployment, sequence, at, kind, body, ends FROM journal";
    private TaskCompletionSource _hook = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>An operation has ended and is in the database; handlers are quick and never throw.</summary>
    public event Action<string>? Ended;

    /// <summary>Completes when another operation has ended.</summary>
    public Task NextHook => Volatile.Read(ref _hook).Task;

    public async Task AppendAsync(IReadOnlyList<JournalEntry> entries, CancellationToken cancellationToken)
    {
        await database.WriteAsync(connection =>
        {
            foreach (var entry in entries)
            {
                Append(connection, entry);
                if (!entry.Ends)
                    continue;
                webhooks.Put(connection, entry.Deployment);
                AuditStore.Add(connection, new AuditEntry(0, entry.At, AuditStore.Controller, "operation.end", entry.Deployment, "ended"));
            }
        });
        _crash.Pass();
        if (entries.Any(e => e.Ends))
        {
            webhooks.Wake();
            Interlocked.Exchange(ref _hook, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
        }
        foreach (var entry in entries.Where(e => e.Ends))
            Ended?.Invoke(entry.Deployment);
        foreach (var entry in entries)
            foreach (var verdict in entry.Verdicts)
                Told(log, entry.Deployment, verdict.Node, verdict.Verdict, verdict.Failure is { } f ? $" in {f.Stage}: {f.Reason}, {f.Detail}" : "");
    }

    public Task<IReadOnlyList<JournalEntry>> LoadUnfinishedAsync(CancellationToken cancellationToken) => Task.FromResult(
        database.Read<IReadOnlyList<JournalEntry>>(connection => connection.Query<Row>(
            $"{Select} JOIN deployments ON id = deployment WHERE ended = 0 ORDER BY position, sequence").Select(row => row.ToEntry()).ToList()));

    /// <summary>All entries of one deployment, by sequence; empty when it is not known.</summary>
    public IReadOnlyList<JournalEntry> Load(string deployment) => database.Read(connection => connection.Query<Row>(
        $"{Select} WHERE deployment = @deployment ORDER BY sequence", new { deployment }).Select(row => row.ToEntry()).ToList());

    /// <summary>A page of the ids of operations, ended or not, newest first; broadcasts only where they are asked for.</summary>
    /// <param name="most">How many.</param>
    /// <param name="prefix">What their ids begin with: the letter of a kind, or nothing for all kinds but broadcasts.</param>
    /// <param name="before">Only those older than this one; null: from the newest on.</param>
    /// <returns>The ids, and where the following page begins; null on the last.</returns>
    public (IReadOnlyList<string> Ids, string? Next) Newest(int most, string prefix, string? before)
    {
        var ids = database.Read(connection => connection.Query<string>(
            """
            SELECT id FROM deployments
            WHERE substr(id, 1, length(@prefix)) = @prefix AND (@prefix = @broadcasts OR substr(id, 1, length(@broadcasts)) <> @broadcasts)
                AND position < coalesce((SELECT position FROM deployments WHERE id = @before), 9223372036854775807)
            ORDER BY position DESC LIMIT @most + 1
            """,
            new { most, prefix, broadcasts = BroadcastPlan.Prefix, before }).ToList());
        return ([.. ids.Take(most)], ids.Count > most ? ids[most - 1] : null);
    }

    /// <summary>Operations whose end the administrator's hook was not told yet, oldest first.</summary>
    public IReadOnlyList<string> AwaitingHooks() => database.Read(connection =>
        connection.Query<string>("SELECT operation FROM hooks ORDER BY ended_at").ToList());

    /// <summary>The end of an operation was told.</summary>
    public void HookDone(string operation) => database.Write(connection => connection.Execute("DELETE FROM hooks WHERE operation = @operation", new { operation }));

    private static void Append(SqliteConnection connection, JournalEntry entry)
    {
        if (entry.Sequence == 1)
            connection.Execute("INSERT INTO deployments(id) VALUES (@Deployment)", new { entry.Deployment });
        connection.Execute(
            "INSERT INTO journal(deployment, sequence, at, kind, body, ends) VALUES (@Deployment, @Sequence, @at, @Kind, @Body, @ends)",
            new { entry.Deployment, entry.Sequence, at = entry.At.ToString("O"), entry.Kind, entry.Body, ends = entry.Ends ? 1 : 0 });
        foreach (var node in entry.Takes)
            connection.Execute(
                "INSERT INTO leases(node, deployment, since, renewed_at) VALUES (@node, @Deployment, @at, @at)",
                new { node, entry.Deployment, at = Instant.Write(entry.At) });
        if (entry.Ends)
            connection.Execute(
                """
                UPDATE deployments SET ended = 1 WHERE id = @Deployment;
                DELETE FROM transfers WHERE deployment = @Deployment;
                DELETE FROM broadcast_files WHERE id = @Deployment
                """,
                new { entry.Deployment });
        if (entry.Ends && !BroadcastPlan.Is(entry.Deployment))
            connection.Execute(
                "INSERT INTO hooks(operation, ended_at) VALUES (@Deployment, @at)", new { entry.Deployment, at = Instant.Write(entry.At) });
        foreach (var verdict in entry.Verdicts)
        {
            // A node that failed while it was armed must not boot the deployment environment the next time someone switches it on.
            connection.Execute(
                "DELETE FROM armings WHERE node = @Node AND deployment = @Deployment", new { verdict.Node, entry.Deployment });
            connection.Execute("DELETE FROM leases WHERE node = @Node AND deployment = @Deployment", new { verdict.Node, entry.Deployment });
            // A node that was rebooted, switched or sent a file is what it was: deployed or not.
            if (verdict.Kind != OperationKind.Deployment)
                continue;
            connection.Execute(
                "UPDATE nodes SET state = @state, deployment = @Deployment WHERE name = @Node",
                new
                {
                    verdict.Node,
                    entry.Deployment,
                    state = verdict.Verdict == Verdict.Deployed ? nameof(NodeState.Deployed) : nameof(NodeState.Failed),
                });
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Deployment}: {Node} {Verdict}{Why}")]
    private static partial void Told(ILogger log, string deployment, string node, Verdict verdict, string why);

#pragma warning disable CA1812 // Dapper makes them.
    private sealed class Row
#pragma warning restore CA1812
    {
        public string Deployment { get; set; } = "";
        public long Sequence { get; set; }
        public string At { get; set; } = "";
        public string Kind { get; set; } = "";
        public string Body { get; set; } = "";
        public long Ends { get; set; }

        public JournalEntry ToEntry() =>
            new(Deployment, Sequence, DateTimeOffset.Parse(At, System.Globalization.CultureInfo.InvariantCulture), Kind, Body, Ends != 0, []);
    }
}
