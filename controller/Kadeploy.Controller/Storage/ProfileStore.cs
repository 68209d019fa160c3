using Dapper;

namespace Kadeploy.Controller.Storage;

/// <summary>Users' own iPXE scripts: what a node boots from the network until somebody deploys it or reboots it otherwise.</summary>
internal sealed class ProfileStore(Database database)
{
    public Task SetAsync(string node, string operation, string script) => database.WriteAsync(connection => connection.Execute(
        "INSERT OR REPLACE INTO profiles(node, operation, script) VALUES (@node, @operation, @script)", new { node, operation, script }));

    public Task ClearAsync(string node) => database.WriteAsync(connection => connection.Execute("DELETE FROM profiles WHERE node = @node", new { node }));

    /// <summary>The script of the node with this MAC, or null.</summary>
    public string? OfMac(string mac) => database.Read(connection => connection.QueryFirstOrDefault<string>(
        "SELECT script FROM profiles JOIN node_macs ON node_macs.node = profiles.node WHERE mac = @mac", new { mac }));
}
