using System.Text.Json;
using Dapper;
using Kadeploy.Controller.Nodes;
using Kadeploy.Deployments.Nodes;
using Microsoft.Data.Sqlite;

namespace Kadeploy.Controller.Storage;

/// <summary>The registered nodes.</summary>
internal sealed class NodeStore(Database database, TimeProvider time)
{
    private const string Select = """
        SELECT name, address, cluster, bmc, disk, attributes, state, deployment,
               (SELECT group_concat(mac, ' ') FROM (SELECT mac FROM node_macs WHERE node = name ORDER BY position)) AS macs
        FROM nodes
        """;

    // Sorting thousands of names is most of the work of a page of fifty.
    private volatile Sorted? _sorted;
    private long _changes;

    /// <summary>The names of all nodes, in their natural order.</summary>
    public IReadOnlyList<string> Names()
    {
        var changes = Volatile.Read(ref _changes);
        if (_sorted is not { } sorted || sorted.Changes != changes)
            _sorted = sorted = new(changes, database.Read(connection => connection.Query<string>("SELECT name FROM nodes").Order(NodeNameComparer.Instance).ToList()));
        return sorted.Names;
    }

    /// <summary>Adds a node. Answers what is in the way — the name or the MAC that is taken — or null when it was added.</summary>
    public string? Add(Node node, string? bmcPassword) => Change(connection =>
    {
        if (connection.ExecuteScalar<long>("SELECT count(*) FROM nodes WHERE name = @Name", new { node.Name }) > 0)
            return node.Name;
        foreach (var mac in node.Macs)
            if (connection.QueryFirstOrDefault<string>("SELECT node FROM node_macs WHERE mac = @mac", new { mac }) is { } owner)
                return $"{mac} (of {owner})";
        connection.Execute(
            """
            INSERT INTO nodes(name, address, cluster, bmc, bmc_password, disk, attributes, state, created_at)
            VALUES (@Name, @Address, @Cluster, @bmc, @bmcPassword, @disk, @attributes, @state, @at)
            """,
            Columns(node, bmcPassword));
        AddMacs(connection, node);
        return null;
    });

    /// <summary>
    /// Adds the nodes of a file, or makes those that are there what it says; their state is kept, and so is the password of a BMC that it does not give. All of them or,
    /// when one has a MAC of a node that is not in the file, none: that MAC is the answer.
    /// </summary>
    public string? Declare(IReadOnlyList<(Node Node, string? BmcPassword)> declared) => Change(connection =>
    {
        var names = declared.Select(d => d.Node.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var (node, _) in declared)
            foreach (var mac in node.Macs)
                if (connection.QueryFirstOrDefault<string>("SELECT node FROM node_macs WHERE mac = @mac", new { mac }) is { } owner && !names.Contains(owner))
                    return $"{mac} (of {owner})";
        // A MAC may go from one node to another.
        foreach (var (node, _) in declared)
            connection.Execute("DELETE FROM node_macs WHERE node = @Name", new { node.Name });
        foreach (var (node, bmcPassword) in declared)
        {
            connection.Execute(
                """
                INSERT INTO nodes(name, address, cluster, bmc, bmc_password, disk, attributes, state, created_at)
                VALUES (@Name, @Address, @Cluster, @bmc, @bmcPassword, @disk, @attributes, @state, @at)
                ON CONFLICT(name) DO UPDATE SET address = excluded.address, cluster = excluded.cluster, bmc = excluded.bmc,
                    bmc_password = CASE WHEN excluded.bmc IS NULL THEN NULL ELSE coalesce(excluded.bmc_password, bmc_password) END, disk = excluded.disk, attributes = excluded.attributes
                """,
                Columns(node, bmcPassword));
            AddMacs(connection, node);
        }
        return null;
    });

    public bool Delete(string name) => Change(connection => connection.Execute("DELETE FROM nodes WHERE name = @name", new { name }) > 0);

    public StoredNode? Find(string name) => database.Read(connection =>
        connection.QueryFirstOrDefault<Row>($"{Select} WHERE name = @name", new { name })?.ToNode());

    public StoredNode? FindByMac(string mac) => database.Read(connection =>
        connection.QueryFirstOrDefault<Row>($"{Select} WHERE name = (SELECT node FROM node_macs WHERE mac = @mac)", new { mac })?.ToNode());

    /// <summary>Those of these names that there are, by name.</summary>
    public IReadOnlyDictionary<string, StoredNode> Find(IEnumerable<string> names) => database.Read(connection =>
        connection.Query<Row>($"{Select} WHERE name IN (SELECT value FROM json_each(@names))", new { names = JsonSerializer.Serialize(names, StorageJson.Default.IEnumerableString) })
            .ToDictionary(row => row.Name, row => row.ToNode()));

    public IReadOnlyList<StoredNode> All() => database.Read(connection =>
        connection.Query<Row>($"{Select} ORDER BY name").Select(row => row.ToNode()).ToList());

    public string? BmcPassword(string name) => database.Read(connection =>
        connection.QueryFirstOrDefault<string>("SELECT bmc_password FROM nodes WHERE name = @name", new { name }));

    private T Change<T>(Func<SqliteConnection, T> work)
    {
        try
        {
            return database.Write(work);
        }
        finally
        {
            Interlocked.Increment(ref _changes);
        }
    }

    private object Columns(Node node, string? bmcPassword) => new
    {
        node.Name,
        node.Address,
        node.Cluster,
        bmc = node.Bmc is null ? null : JsonSerializer.Serialize(node.Bmc, StorageJson.Default.BmcAddress),
        bmcPassword,
        disk = JsonSerializer.Serialize(node.Disk, StorageJson.Default.DiskHint),
        attributes = JsonSerializer.Serialize(node.Attributes, StorageJson.Default.IReadOnlyDictionaryStringString),
        state = nameof(NodeState.Idle),
        at = Instant.Write(time.GetUtcNow()),
    };

    private static void AddMacs(SqliteConnection connection, Node node)
    {
        foreach (var (position, mac) in node.Macs.Index())
            connection.Execute("INSERT INTO node_macs(mac, node, position) VALUES (@mac, @Name, @position)", new { mac, node.Name, position });
    }

    private sealed record Sorted(long Changes, IReadOnlyList<string> Names);

#pragma warning disable CA1812 // Dapper makes them.
    private sealed class Row
#pragma warning restore CA1812
    {
        public string Name { get; set; } = "";
        public string Address { get; set; } = "";
        public string Cluster { get; set; } = "";
        public string? Bmc { get; set; }
        public string Disk { get; set; } = "";
        public string? Attributes { get; set; }
        public string State { get; set; } = "";
        public string? Deployment { get; set; }
        public string? Macs { get; set; }

        public StoredNode ToNode() => new(
            new Node(
                Name,
                Macs?.Split(' ') ?? [],
                Address,
                Cluster,
                Bmc is null ? null : JsonSerializer.Deserialize(Bmc, StorageJson.Default.BmcAddress),
                JsonSerializer.Deserialize(Disk, StorageJson.Default.DiskHint)!)
            {
                Attributes = JsonSerializer.Deserialize(Attributes ?? "{}", StorageJson.Default.IReadOnlyDictionaryStringString)!,
            },
            Enum.Parse<NodeState>(State),
            Deployment);
    }
}
