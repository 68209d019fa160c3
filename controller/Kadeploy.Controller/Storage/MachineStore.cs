using System.Text.Json;
using Dapper;
using Kadeploy.Controller.Nodes;

namespace Kadeploy.Controller.Storage;

/// <summary>Every machine that was seen, by the MAC it booted from.</summary>
internal sealed class MachineStore(Database database, TimeProvider time)
{
    // Whoever is on the provisioning network can invent MACs: without a bound they could fill the disk.
    private const int MostUnknown = 4096;

    private const string Select = "SELECT mac, inventory, address, firmware, first_seen AS FirstSeen, seen_at AS SeenAt FROM machines";

    private const string Unregistered = "mac NOT IN (SELECT mac FROM node_macs)";

    /// <summary>Notes that a machine was seen; what is null stays as it was.</summary>
    public Task SeenAsync(string mac, string? address = null, string? firmware = null, Inventory? inventory = null) => database.WriteAsync(connection =>
    {
        var at = Instant.Write(time.GetUtcNow());
        var document = inventory is null ? null : JsonSerializer.Serialize(inventory, StorageJson.Default.Inventory);
        var isNew = connection.ExecuteScalar<long>("SELECT count(*) FROM machines WHERE mac = @mac", new { mac }) == 0;
        connection.Execute(
            """
            INSERT INTO machines(mac, inventory, address, firmware, first_seen, seen_at) VALUES (@mac, @document, @address, @firmware, @at, @at)
            ON CONFLICT(mac) DO UPDATE SET inventory = coalesce(@document, inventory), address = coalesce(@address, address),
                firmware = coalesce(@firmware, firmware), seen_at = @at
            """,
            new { mac, document, address, firmware, at });
        // Looks at every machine: not for those that are known, of which thousands may boot at once.
        if (!isNew || connection.ExecuteScalar<long>("SELECT count(*) FROM node_macs WHERE mac = @mac", new { mac }) > 0)
            return;
        connection.Execute(
            $"""
            DELETE FROM machines WHERE {Unregistered} AND mac IN
                (SELECT mac FROM machines WHERE {Unregistered} ORDER BY seen_at DESC LIMIT -1 OFFSET {MostUnknown})
            """);
    });

    public Machine? Find(string mac) => database.Read(connection =>
        connection.QueryFirstOrDefault<Row>($"{Select} WHERE mac = @mac", new { mac })?.ToMachine());

    /// <summary>Those of these MACs that were seen, by MAC.</summary>
    public IReadOnlyDictionary<string, Machine> Find(IEnumerable<string> macs) => database.Read(connection =>
        connection.Query<Row>($"{Select} WHERE mac IN (SELECT value FROM json_each(@macs))", new { macs = JsonSerializer.Serialize(macs, StorageJson.Default.IEnumerableString) })
            .ToDictionary(row => row.Mac, row => row.ToMachine()));

    public IReadOnlyDictionary<string, Machine> All() => database.Read(connection =>
        connection.Query<Row>(Select).ToDictionary(row => row.Mac, row => row.ToMachine()));

    /// <summary>Those that enrolled and that nobody has accepted yet.</summary>
    public IReadOnlyList<Machine> Waiting() => database.Read(connection =>
        connection.Query<Row>($"{Select} WHERE inventory IS NOT NULL AND {Unregistered} ORDER BY mac").Select(row => row.ToMachine()).ToList());

    public bool Forget(string mac) => database.Write(connection => connection.Execute("DELETE FROM machines WHERE mac = @mac", new { mac }) > 0);

#pragma warning disable CA1812 // Dapper makes them.
    private sealed class Row
#pragma warning restore CA1812
    {
        public string Mac { get; set; } = "";
        public string? Inventory { get; set; }
        public string? Address { get; set; }
        public string? Firmware { get; set; }
        public string FirstSeen { get; set; } = "";
        public string SeenAt { get; set; } = "";

        public Machine ToMachine() => new(
            Mac,
            Inventory is null ? null : JsonSerializer.Deserialize(Inventory, StorageJson.Default.Inventory),
            Address,
            Firmware ?? "",
            Instant.Read(FirstSeen),
            Instant.Read(SeenAt));
    }
}
