using Dapper;
using Kadeploy.Deployments.Nodes;
using Kadeploy.Deployments.Rights;

namespace Kadeploy.Controller.Storage;

/// <summary>The rights of users, node sets folded.</summary>
internal sealed class RightStore(Database database)
{
    private const string Everything = "*";

    /// <summary>In the order granted.</summary>
    public IReadOnlyList<Right> All() => database.Read(connection => connection.Query<Row>(
        """
        SELECT id, user, nodes, partition, starts_at AS StartsAt, ends_at AS EndsAt, granted_by AS GrantedBy, granted_at AS GrantedAt
        FROM rights ORDER BY granted_at, id
        """).Select(row => row.ToRight()).ToList());

    /// <summary>Removes and writes in one transaction.</summary>
    public void Change(IEnumerable<string> removed, IEnumerable<Right> written) => database.Write(connection =>
    {
        foreach (var id in removed)
            connection.Execute("DELETE FROM rights WHERE id = @id", new { id });
        foreach (var right in written)
            connection.Execute(
                """
                INSERT OR REPLACE INTO rights(id, user, nodes, partition, starts_at, ends_at, granted_by, granted_at)
                VALUES (@Id, @User, @nodes, @Partition, @from, @until, @GrantedBy, @at)
                """,
                new
                {
                    right.Id,
                    right.User,
                    nodes = right.Nodes is null ? Everything : NodeSet.Fold(right.Nodes),
                    right.Partition,
                    from = right.From is { } from ? Instant.Write(from) : null,
                    until = right.Until is { } until ? Instant.Write(until) : null,
                    right.GrantedBy,
                    at = Instant.Write(right.GrantedAt),
                });
    });

#pragma warning disable CA1812 // Dapper makes them.
    private sealed class Row
#pragma warning restore CA1812
    {
        public string Id { get; set; } = "";
        public string User { get; set; } = "";
        public string Nodes { get; set; } = "";
        public long? Partition { get; set; }
        public string? StartsAt { get; set; }
        public string? EndsAt { get; set; }
        public string GrantedBy { get; set; } = "";
        public string GrantedAt { get; set; } = "";

        public Right ToRight() => new(
            Id,
            User,
            Nodes == Everything ? null : NodeSet.Parse(Nodes).ToHashSet(StringComparer.Ordinal),
            (int?)Partition,
            Instant.ReadOptional(StartsAt),
            Instant.ReadOptional(EndsAt),
            GrantedBy,
            Instant.Read(GrantedAt));
    }
}
