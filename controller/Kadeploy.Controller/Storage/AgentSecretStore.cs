using Dapper;
using Kadeploy.Controller.Agents;

namespace Kadeploy.Controller.Storage;

/// <summary>What an agent shows when it dials again in place of its used token; kept as hashes, one for each node.</summary>
internal sealed class AgentSecretStore(Database database, TimeProvider time)
{
    /// <summary>Makes the secret of the agent that used a token; the node's former one is worth nothing from now on.</summary>
    public async Task<string> MakeAsync(AgentIdentity identity)
    {
        var secret = Secret.Make();
        await database.WriteAsync(connection =>
        {
            connection.Execute("DELETE FROM agent_secrets WHERE node = @Node", new { identity.Node });
            connection.Execute(
                """
                INSERT INTO agent_secrets(hash, node, mac, deployment, arming, boot_id, given_at)
                VALUES (@hash, @Node, @Mac, @Deployment, @Arming, @BootId, @at)
                """,
                new
                {
                    hash = Secret.Hash(secret),
                    identity.Node,
                    identity.Mac,
                    identity.Deployment,
                    identity.Arming,
                    identity.BootId,
                    at = Instant.Write(time.GetUtcNow()),
                });
        });
        return secret;
    }

    /// <summary>Whose secret it is; null unless it comes from the same machine in the same boot.</summary>
    public AgentIdentity? Match(string secret, string mac, string bootId) => database.Read(connection =>
        connection.QueryFirstOrDefault<AgentIdentity>(
            """
            SELECT node AS Node, mac AS Mac, boot_id AS BootId, deployment AS Deployment, arming AS Arming FROM agent_secrets
            WHERE hash = @hash AND mac = @mac AND boot_id = @bootId
            """,
            new { hash = Secret.Hash(secret), mac, bootId }));
}
