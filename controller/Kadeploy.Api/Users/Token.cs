namespace Kadeploy.Api.Users;

/// <summary><c>POST /v1/tokens</c>. Answers 201 with <see cref="TokenCreated"/>, the only time the token itself is shown.</summary>
/// <param name="User">Whose; absent: the caller's. Others' need an administrator.</param>
/// <param name="Note">What it is for, for a person.</param>
/// <param name="ExpiresAt">When it stops being accepted; absent: never. A token makes none that outlives it.</param>
public sealed record CreateToken(string? User = null, string? Note = null, DateTimeOffset? ExpiresAt = null);

/// <summary>A new token.</summary>
/// <param name="Token">The secret; kept nowhere.</param>
/// <param name="Info">What is kept of it.</param>
public sealed record TokenCreated(string Token, TokenInfo Info)
{
    /// <summary>Leaves the secret out, so that no log can show it.</summary>
    public override string ToString() => Info.ToString();
}

/// <summary>What is kept of a token.</summary>
/// <param name="Id">Its id, by which it is revoked.</param>
/// <param name="User">Whose.</param>
/// <param name="Note">What it is for.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ExpiresAt">When it stops being accepted; absent: never.</param>
/// <param name="LastUsedAt">When it was last accepted, to a minute.</param>
/// <param name="RevokedAt">When it was revoked, if it was.</param>
public sealed record TokenInfo(
    string Id, string User, string Note, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt = null, DateTimeOffset? LastUsedAt = null, DateTimeOffset? RevokedAt = null);

/// <summary><c>GET /v1/tokens</c>: the caller's own; an administrator's list has everybody's.</summary>
/// <param name="Tokens">Newest first.</param>
public sealed record TokenList(IReadOnlyList<TokenInfo> Tokens);
