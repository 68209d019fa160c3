using System.Globalization;
using Dapper;
using Kadeploy.Controller.Boot;

namespace Kadeploy.Controller.Storage;

/// <summary>
/// Which nodes boot the deployment environment next, and the tokens of those that were told to. The token itself is made
/// when it is served and only its hash is kept: a stolen database boots nothing.
/// </summary>
internal sealed class ArmingStore(Database database, TimeProvider time)
{
    // From the iPXE script to the agent's first call: kernel and initramfs over a slow link, and a firmware that dawdles.
    private static readonly TimeSpan TokenLife = TimeSpan.FromMinutes(15);

    /// <summary>Arms a node; a former arming of it is replaced.</summary>
    /// <param name="arming">What for.</param>
    /// <param name="installs">What is on its disk goes with this boot, and with it the word of that system.</param>
    public Task ArmAsync(Arming arming, bool installs = false) => database.WriteAsync(connection =>
    {
        var at = Instant.Write(time.GetUtcNow());
        connection.Execute(
            "INSERT OR REPLACE INTO armings(node, deployment, arming, armed_at) VALUES (@Node, @Deployment, @Id, @at)",
            new { arming.Node, arming.Deployment, arming.Id, at });
        if (installs)
            ReportStore.Outdate(connection, arming.Node, arming.Deployment, at);
    });

    /// <summary>Whatever the node was armed for, it boots its disk from now on.</summary>
    public Task DisarmAsync(string node) => database.WriteAsync(connection => connection.Execute("DELETE FROM armings WHERE node = @node", new { node }));

    public bool IsArmed(string node) => database.Read(connection =>
        connection.ExecuteScalar<long>("SELECT count(*) FROM armings WHERE node = @node", new { node }) > 0);

    /// <summary>Takes the arming of the node with this MAC, so that it is served once, and makes the token that goes with it.</summary>
    public Task<(Arming Arming, string Token)?> TakeAsync(string mac) => database.WriteAsync<(Arming, string)?>(connection =>
    {
        var found = connection.QueryFirstOrDefault<(string Node, string Deployment, string Id)?>(
            """
            SELECT armings.node, deployment, arming FROM armings JOIN node_macs ON node_macs.node = armings.node WHERE mac = @mac
            """,
            new { mac });
        if (found is not { } armed)
            return null;
        var token = Secret.Make();
        var now = time.GetUtcNow();
        connection.Execute("DELETE FROM armings WHERE node = @Node", new { armed.Node });
        // Only the newest token of a node is worth anything.
        connection.Execute("DELETE FROM tokens WHERE node = @Node", new { armed.Node });
        connection.Execute(
            """
            INSERT INTO tokens(hash, node, mac, deployment, arming, served_at, expires_at)
            VALUES (@hash, @Node, @mac, @Deployment, @Id, @now, @expires)
            """,
            new
            {
                hash = Secret.Hash(token),
                armed.Node,
                mac,
                armed.Deployment,
                armed.Id,
                now = Instant.Write(now),
                expires = Instant.Write(now + TokenLife),
            });
        return (new Arming(armed.Node, armed.Deployment, armed.Id), token);
    });

    /// <summary>Uses a token up. In the same boot it is good again: the controller may have died before the agent had its secret.</summary>
    /// <param name="token">What the agent found on its kernel command line.</param>
    /// <param name="mac">The interface the agent says it booted from.</param>
    /// <param name="bootId">Boot id of the agent's system.</param>
    public Task<TokenUse> UseAsync(string token, string mac, string bootId) => database.WriteAsync<TokenUse>(connection =>
    {
        var hash = Secret.Hash(token);
        var row = connection.QueryFirstOrDefault<(string Node, string Mac, string Deployment, string Arming, string Expires, string? Used, string? BootId)?>(
            "SELECT node, mac, deployment, arming, expires_at, used_at, boot_id FROM tokens WHERE hash = @hash", new { hash });
        var now = time.GetUtcNow();
        switch (row)
        {
            case null:
                return new TokenUse.Refused("token-unknown", "this controller served no such token, or a newer one replaced it");
            case { Used: not null } when row.Value.BootId == bootId && row.Value.Mac == mac:
                return new TokenUse.Accepted(row.Value.Node, row.Value.Deployment, row.Value.Arming);
            case { Used: { } used }:
                return new TokenUse.Refused("token-used", $"the token of {row.Value.Node} was used at {used}");
            case var _ when row.Value.Mac != mac:
                return new TokenUse.Refused("token-other-mac", $"the token was served to {row.Value.Mac}, not to {mac}");
            case var _ when Instant.Read(row.Value.Expires) < now:
                return new TokenUse.Refused(
                    "token-late", string.Create(CultureInfo.InvariantCulture, $"the token of {row.Value.Node} expired at {row.Value.Expires}"));
            default:
                connection.Execute("UPDATE tokens SET used_at = @now, boot_id = @bootId WHERE hash = @hash", new { hash, bootId, now = Instant.Write(now) });
                return new TokenUse.Accepted(row.Value.Node, row.Value.Deployment, row.Value.Arming);
        }
    });
}
