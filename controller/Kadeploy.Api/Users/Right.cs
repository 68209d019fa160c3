namespace Kadeploy.Api.Users;

/// <summary>A right: this user may work on these nodes, and write this partition.</summary>
/// <param name="Id">Its id.</param>
/// <param name="User">Whose.</param>
/// <param name="Nodes">Folded node set, or <c>*</c> for every node there is or will be.</param>
/// <param name="Partition">Number of the partition, or <c>*</c> for the whole disk.</param>
/// <param name="GrantedBy">Who granted it.</param>
/// <param name="GrantedAt">When it was granted.</param>
/// <param name="From">When it begins; absent: at once.</param>
/// <param name="Until">When it ends, and with it what the user runs there; absent: never.</param>
public sealed record RightInfo(
    string Id, string User, string Nodes, string Partition, string GrantedBy, DateTimeOffset GrantedAt, DateTimeOffset? From = null, DateTimeOffset? Until = null);

/// <summary><c>GET /v1/rights</c>: the caller's own; an administrator's list has everybody's.</summary>
/// <param name="Rights">By user, then in the order granted.</param>
/// <param name="Next">Value of <c>cursor</c> for the following page; absent on the last.</param>
public sealed record RightList(IReadOnlyList<RightInfo> Rights, string? Next = null);

/// <summary><c>POST /v1/rights</c> (administrators). Answers 201 with <see cref="RightInfo"/>.</summary>
/// <param name="User">Who gets it.</param>
/// <param name="Nodes">Node set of registered nodes, or <c>*</c>.</param>
/// <param name="Partition">Number of the partition, or <c>*</c>; absent: <c>*</c>.</param>
/// <param name="From">When it begins; absent: at once.</param>
/// <param name="Until">When it ends; absent: never.</param>
/// <param name="Overwrite">Take these nodes from every other user, and end what they run there; else another's right is in the way.</param>
public sealed record GrantRight(
    string User, string Nodes, string? Partition = null, DateTimeOffset? From = null, DateTimeOffset? Until = null, bool? Overwrite = null);

/// <summary><c>POST /v1/rights/revoke</c> (administrators): takes rights away, and ends what the user runs without them. Answers 200 with <see cref="RightsRevoked"/>.</summary>
/// <param name="User">From whom.</param>
/// <param name="Nodes">On which nodes; <c>*</c>: all that they have.</param>
/// <param name="Partition">Only for this partition; absent: whatever the partition.</param>
public sealed record RevokeRight(string User, string Nodes, string? Partition = null);

/// <summary>What a revocation ended.</summary>
/// <param name="Rights">How many rights were changed or removed.</param>
/// <param name="Ended">The operations that lost nodes by it.</param>
public sealed record RightsRevoked(int Rights, IReadOnlyList<string> Ended);
