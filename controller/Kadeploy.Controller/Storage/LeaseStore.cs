using Dapper;

namespace Kadeploy.Controller.Storage;

/// <summary>
/// Which operation each node belongs to, as the journal writes it: taken with the entry that accepts the operation, given back with the node's verdict,
/// each in the same transaction. It follows from the journal, so none can be left over; it is there for whoever looks from outside, and as a key that
/// no second owner gets past.
/// </summary>
internal sealed class LeaseStore(Database database, TimeProvider time)
{
    /// <summary>Leases by node: which deployment, and when it was last renewed.</summary>
    public IReadOnlyDictionary<string, (string Deployment, DateTimeOffset RenewedAt)> All() => database.Read(connection =>
        connection.Query<(string Node, string Deployment, string RenewedAt)>("SELECT node, deployment, renewed_at FROM leases")
            .ToDictionary(l => l.Node, l => (l.Deployment, Instant.Read(l.RenewedAt))));

    /// <summary>The controller that holds them lives.</summary>
    public Task RenewAsync() => database.WriteAsync(connection =>
        connection.Execute("UPDATE leases SET renewed_at = @now", new { now = Instant.Write(time.GetUtcNow()) }));

    /// <summary>At the start: what belongs to no unfinished operation is given back, whatever wrote it.</summary>
    public Task ReconcileAsync() => database.WriteAsync(connection =>
    {
        connection.Execute("DELETE FROM leases WHERE deployment NOT IN (SELECT id FROM deployments WHERE ended = 0)");
        connection.Execute("UPDATE leases SET renewed_at = @now", new { now = Instant.Write(time.GetUtcNow()) });
    });
}
