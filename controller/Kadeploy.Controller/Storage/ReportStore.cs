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

    /// <summary>
    /// Takes a report; null when the token is unknown. Every boot of an installed system may report itself: it is how a reboot of one without an SSH
    /// server is seen.
    /// </summary>
    public Task<BootReport?> AcceptAsync(string token, string bootId) => database.WriteAsync(connection =>
    {
        var hash = Secret.Hash(token);
        var changed = connection.Execute(
            """
            UPDATE report_tokens SET reported_at = CASE WHEN boot_id = @bootId THEN reported_at ELSE @at END, boot_id = @bootId WHERE hash = @hash
            """,
            new { hash, bootId, at = Instant.Write(time.GetUtcNow()) });
        return changed == 0
            ? null
            : connection.QuerySingle<BootReport>("SELECT node AS Node, deployment AS Deployment, boot_id AS BootId FROM report_tokens WHERE hash = @hash", new { hash });
    });

    /// <summary>Boot ids that a node reported since then, whatever installed it.</summary>
    public IReadOnlyList<string> BootIdsSince(string node, DateTimeOffset since) => database.Read(connection => connection.Query<string>(
        "SELECT boot_id FROM report_tokens WHERE node = @node AND reported_at >= @since", new { node, since = Instant.Write(since) }).ToList());

    /// <summary>Boot ids that a node reported for a deployment.</summary>
    public IReadOnlyList<string> BootIds(string node, string deployment) => database.Read(connection => connection.Query<string>(
        "SELECT boot_id FROM report_tokens WHERE node = @node AND deployment = @deployment AND boot_id IS NOT NULL",
        new { node, deployment }).ToList());
}
