using Dapper;
using Kadeploy.Controller.Boot;
using Microsoft.Data.Sqlite;

namespace Kadeploy.Controller.Storage;

/// <summary>Tokens with which installed systems report that they are up, and what they reported.</summary>
internal sealed class ReportStore(Database database, TimeProvider time)
{
    /// <summary>Makes a token for one node of one deployment; those of its other deployments are worth nothing from now on.</summary>
    public async Task<string> MakeTokenAsync(string node, string deployment)
    {
        var token = Secret.Make();
        await database.WriteAsync(connection =>
        {
            var at = Instant.Write(time.GetUtcNow());
            // A node that was in the deployment environment already has not been armed.
            Outdate(connection, node, deployment, at);
            connection.Execute(
                "INSERT INTO report_tokens(hash, node, deployment, made_at) VALUES (@hash, @node, @deployment, @at)",
                new { hash = Secret.Hash(token), node, deployment, at });
        });
        return token;
    }

    /// <summary>
    /// What other deployments installed on the node goes: what it says from now on is late, or somebody else's. A deployment keeps its own tokens: after a
    /// restart of the controller the agent may have written the first of them.
    /// </summary>
    public static void Outdate(SqliteConnection connection, string node, string deployment, string at) => connection.Execute(
        "UPDATE report_tokens SET outdated_at = @at WHERE node = @node AND deployment <> @deployment AND outdated_at IS NULL", new { node, deployment, at });

    /// <summary>Whose token it is; null when it is nobody's.</summary>
    public string? NodeOf(string token) => database.Read(connection =>
        connection.QueryFirstOrDefault<string>("SELECT node FROM report_tokens WHERE hash = @hash", new { hash = Secret.Hash(token) }));

    /// <summary>
    /// Takes a report. Every boot of an installed system may report itself: it is how a reboot of one without an SSH server is seen.
    /// </summary>
    public Task<ReportUse> AcceptAsync(string token, string bootId) => database.WriteAsync<ReportUse>(connection =>
    {
        var hash = Secret.Hash(token);
        var row = connection.QueryFirstOrDefault<(string Node, string Deployment, string? Outdated)?>(
            "SELECT node, deployment, outdated_at FROM report_tokens WHERE hash = @hash", new { hash });
        switch (row)
        {
            case null:
                return new ReportUse.Refused("", "unknown-token", null);
            case { Outdated: { } outdated }:
                return new ReportUse.Refused(row.Value.Node, "outdated-token", $"the token is of {row.Value.Deployment}; a newer deployment of {row.Value.Node} ended it at {outdated}");
            default:
                connection.Execute(
                    """
                    UPDATE report_tokens SET reported_at = CASE WHEN boot_id = @bootId THEN reported_at ELSE @at END, boot_id = @bootId WHERE hash = @hash
                    """,
                    new { hash, bootId, at = Instant.Write(time.GetUtcNow()) });
                return new ReportUse.Accepted(new BootReport(row.Value.Node, row.Value.Deployment, bootId));
        }
    });

    /// <summary>Boot ids that a node reported since then, whatever installed it.</summary>
    public IReadOnlyList<string> BootIdsSince(string node, DateTimeOffset since) => database.Read(connection => connection.Query<string>(
        "SELECT boot_id FROM report_tokens WHERE node = @node AND reported_at >= @since", new { node, since = Instant.Write(since) }).ToList());

    /// <summary>Boot ids that a node reported for a deployment.</summary>
    public IReadOnlyList<string> BootIds(string node, string deployment) => database.Read(connection => connection.Query<string>(
        "SELECT boot_id FROM report_tokens WHERE node = @node AND deployment = @deployment AND boot_id IS NOT NULL",
        new { node, deployment }).ToList());
}
