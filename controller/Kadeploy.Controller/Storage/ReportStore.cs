using Dapper;
using Kadeploy.Controller.Boot;

namespace Kadeploy.Controller.Storage;

/// <summary>Tokens with which installed systems report that they are up, and what they reported.</summary>
internal sealed class ReportStore(Database database, TimeProvider time)
{
    /// <summary>Makes a token for one node of one deployment.</summary>
    public async Task<string> MakeTokenAsync(string node, string deployment)
    {
        var token = Secret.Make();
        await database.WriteAsync(connection => connection.Execute(
            "INSERT INTO report_tokens(hash, node, deployment, made_at) VALUES (@hash, @node, @deployment, @at)",
            new { hash = Secret.Hash(token), node, deployment, at = Instant.Write(time.GetUtcNow()) }));
        return token;
    }

    /// <summary>Uses a token up; null when it is unknown or used. The same report again is accepted: the first answer may have been lost.</summary>
    public Task<BootReport?> AcceptAsync(string token, string bootId) => database.WriteAsync(connection =>
    {
        var hash = Secret.Hash(token);
        var changed = connection.Execute(
            """
            UPDATE report_tokens SET boot_id = @bootId, reported_at = coalesce(reported_at, @at)
            WHERE hash = @hash AND (boot_id IS NULL OR boot_id = @bootId)
            """,
            new { hash, bootId, at = Instant.Write(time.GetUtcNow()) });
        return changed == 0
            ? null
            : connection.QuerySingle<BootReport>("SELECT node AS Node, deployment AS Deployment, boot_id AS BootId FROM report_tokens WHERE hash = @hash", new { hash });
    });

    /// <summary>Boot ids that a node reported for a deployment.</summary>
    public IReadOnlyList<string> BootIds(string node, string deployment) => database.Read(connection => connection.Query<string>(
        "SELECT boot_id FROM report_tokens WHERE node = @node AND deployment = @deployment AND boot_id IS NOT NULL",
        new { node, deployment }).ToList());
}
