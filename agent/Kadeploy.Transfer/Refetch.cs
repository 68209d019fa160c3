namespace Kadeploy.Transfer;

/// <summary>A block that arrived wrong and was fetched again.</summary>
/// <param name="Block">Its number.</param>
/// <param name="BadFrom">Member whose bytes were wrong.</param>
/// <param name="GoodFrom">Member that gave the right ones.</param>
public sealed record Refetch(int Block, string BadFrom, string GoodFrom);
