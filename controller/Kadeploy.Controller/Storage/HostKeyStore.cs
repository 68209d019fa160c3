using Dapper;

namespace Kadeploy.Controller.Storage;

/// <summary>Public SSH host keys that installed systems were given; only a system that has one of them is believed.</summary>
internal sealed class HostKeyStore(Database database)
{
    /// <summary>Takes the place of all former keys of the node: that system is gone.</summary>
    public Task ReplaceAsync(string node, string deployment, IReadOnlyDictionary<string, string> keysByKind) => database.WriteAsync(connection =>
    {
        connection.Execute("DELETE FROM host_keys WHERE node = @node", new { node });
        foreach (var (kind, key) in keysByKind)
            connection.Execute(
                "INSERT INTO host_keys(node, kind, key, deployment) VALUES (@node, @kind, @key, @deployment)", new { node, kind, key, deployment });
    });

    /// <summary>Keys as OpenSSH writes them: <c>ssh-ed25519 AAAA…</c>.</summary>
    public IReadOnlyList<string> Of(string node) => database.Read(connection =>
        connection.Query<string>("SELECT key FROM host_keys WHERE node = @node ORDER BY kind", new { node }).ToList());
}
