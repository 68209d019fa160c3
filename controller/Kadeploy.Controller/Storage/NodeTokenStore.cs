using Dapper;

namespace Kadeploy.Controller.Storage;

/// <summary>Tokens by which agents on installed nodes prove for which node they speak; kept as hashes, one for each node.</summary>
internal sealed class NodeTokenStore(Database database, TimeProvider time)
{
    /// <summary>Makes a node's token; its former one is worth nothing from now on.</summary>
    public string Make(string node)
    {
        var token = Secret.Make();
        database.Write(connection => connection.Execute(
            "INSERT OR REPLACE INTO node_tokens(node, hash, made_at) VALUES (@node, @hash, @at)",
            new { node, hash = Secret.Hash(token), at = Instant.Write(time.GetUtcNow()) }));
        return token;
    }

    /// <summary>False when the node had none.</summary>
    public bool Revoke(string node) => database.Write(connection => connection.Execute("DELETE FROM node_tokens WHERE node = @node", new { node }) > 0);

    /// <summary>The node that a token speaks for, or null.</summary>
    public string? Match(string token) => database.Read(connection =>
        connection.QueryFirstOrDefault<string>("SELECT node FROM node_tokens WHERE hash = @hash", new { hash = Secret.Hash(token) }));
}
