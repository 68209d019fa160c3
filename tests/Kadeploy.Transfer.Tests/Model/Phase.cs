namespace Kadeploy.Transfer.Tests.Model;

internal enum Phase
{
    Idle,

    /// <summary>The server gave its place; the caller has not read that yet.</summary>
    Given,

    /// <summary>The server said "passed over"; the caller has not read that yet.</summary>
    Denied,

    Linked,
}
