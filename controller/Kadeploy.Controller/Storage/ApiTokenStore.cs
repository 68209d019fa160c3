using Dapper;
using Kadeploy.Api.Users;

namespace Kadeploy.Controller.Storage;

/// <summary>The tokens of users: their hash only.</summary>
internal sealed class ApiTokenStore(Database database, TimeProvider time)
{
    /// <summary>What every token begins with, so that scanners for leaked secrets know one.</summary>
    public const string Prefix = "kdp_";

    private const string Select = "SELECT id, user, note, created_at AS CreatedAt, expires_at AS ExpiresAt, used_at AS UsedAt, revoked_at AS RevokedAt FROM api_tokens";

    public TokenCreated Add(string user, string note, DateTimeOffset? expiresAt)
    {
        var secret = Prefix + Secret.Make();
        var info = new TokenInfo($"T-{Guid.NewGuid():D}", user, note, time.GetUtcNow(), expiresAt);
        database.Write(connection => connection.Execute(
            "INSERT INTO api_tokens(id, hash, user, note, created_at, expires_at) VALUES (@Id, @hash, @User, @Note, @at, @expires)",
            new { info.Id, hash = Secret.Hash(secret), info.User, info.Note, at = Instant.Write(info.CreatedAt), expires = expiresAt is { } e ? Instant.Write(e) : null }));
        return new TokenCreated(secret, info);
    }

    /// <summary>The token, if it is one that is still accepted.</summary>
    public TokenInfo? Accept(string secret)
    {
        if (!secret.StartsWith(Prefix, StringComparison.Ordinal))
            return null;
        var hash = Secret.Hash(secret);
        var now = time.GetUtcNow();
        var found = database.Read(connection => connection.QueryFirstOrDefault<Row>($"{Select} WHERE hash = @hash", new { hash })?.ToInfo());
        if (found is null || found.RevokedAt is not null || found.ExpiresAt <= now)
            return null;
        // To a minute only: a commit a request would be the slowest part of it.
        if (found.LastUsedAt is null || now - found.LastUsedAt > TimeSpan.FromMinutes(1))
            database.Write(connection => connection.Execute("UPDATE api_tokens SET used_at = @at WHERE hash = @hash", new { hash, at = Instant.Write(now) }));
        return found;
    }

    public TokenInfo? Find(string id) => database.Read(connection => connection.QueryFirstOrDefault<Row>($"{Select} WHERE id = @id", new { id })?.ToInfo());

    /// <summary>Newest first; of one user, or all.</summary>
    public IReadOnlyList<TokenInfo> All(string? user) => database.Read(connection => connection.Query<Row>(
        $"{Select} WHERE @user IS NULL OR user = @user ORDER BY created_at DESC, id", new { user }).Select(row => row.ToInfo()).ToList());

    public void Revoke(string id) => database.Write(connection => connection.Execute(
        "UPDATE api_tokens SET revoked_at = @at WHERE id = @id AND revoked_at IS NULL", new { id, at = Instant.Write(time.GetUtcNow()) }));

#pragma warning disable CA1812 // Dapper makes them.
    private sealed class Row
#pragma warning restore CA1812
    {
        public string Id { get; set; } = "";
        public string User { get; set; } = "";
        public string Note { get; set; } = "";
        public string CreatedAt { get; set; } = "";
        public string? ExpiresAt { get; set; }
        public string? UsedAt { get; set; }
        public string? RevokedAt { get; set; }

        public TokenInfo ToInfo() => new(
            Id, User, Note, Instant.Read(CreatedAt), Instant.ReadOptional(ExpiresAt), Instant.ReadOptional(UsedAt), Instant.ReadOptional(RevokedAt));
    }
}
