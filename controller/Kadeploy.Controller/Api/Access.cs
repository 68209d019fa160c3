using Kadeploy.Controller.Rights;
using Kadeploy.Controller.Users;
using Kadeploy.Deployments.Rights;

namespace Kadeploy.Controller.Api;

/// <summary>Refuses what a caller may not do, and says which right is missing. Null: go on.</summary>
internal sealed class Access(RightsBook rights)
{
    /// <param name="http">The request.</param>
    /// <param name="what">What only administrators do: "register nodes".</param>
    public static IResult? Administrator(HttpContext http, string what) => Caller.Of(http) is { IsAdministrator: false, User: var user }
        ? Problems.Result(403, "administrator-needed", "Only for administrators", $"{user} is no administrator: only they may {what}")
        : null;

    /// <summary>Allows the owner of a thing, and administrators.</summary>
    public static IResult? Owner(HttpContext http, string owner, string what) => Caller.Of(http) is { IsAdministrator: false, User: var user } && user != owner
        ? Problems.Result(403, "not-yours", "It is another user's", $"{what} is {owner}'s; {user} is neither {owner} nor an administrator")
        : null;

    /// <param name="http">The request.</param>
    /// <param name="nodes">The nodes it is about.</param>
    /// <param name="partition">Partition to be written, 0 for the whole disk, null when nothing is written.</param>
    public IResult? Nodes(HttpContext http, IReadOnlyList<string> nodes, int? partition)
    {
        var caller = Caller.Of(http);
        var missing = rights.Missing(caller.User, nodes, partition);
        return missing.Count == 0 ? null : Problems.Result(
            403,
            "no-right",
            "A right is missing",
            $"{caller.User} has no right now to {RightRules.Describe(missing, partition)}; an administrator grants it with 'kadeploy rights add'",
            "nodes",
            missing);
    }
}
