using Kadeploy.Controller.Storage;
using Kadeploy.Controller.Users;

namespace Kadeploy.Controller.Environments;

/// <summary>
/// Which environment a name means, the same for every request. With an owner: that owner's, if it is public or shared, or the caller's own, or the caller is
/// an administrator. Without: the caller's own; else the public one, if only one user has it. The greatest version unless one is named.
/// </summary>
internal sealed class EnvironmentLookup(EnvironmentStore store)
{
    /// <summary>The environment; else the owners among whom one must be named, none when nobody has it.</summary>
    public (RegisteredEnvironment? Found, IReadOnlyList<string> Owners) Find(EnvironmentName name, Caller caller)
    {
        var candidates = store.All(name.Name, name.Owner).Where(e => name.Version is null || e.Deployable.Version == name.Version).ToList();
        if (name.Owner is not null)
            return (Latest(candidates.Where(e => MayUse(e, caller))), []);
        if (Latest(candidates.Where(e => e.Deployable.Owner == caller.User)) is { } own)
            return (own, []);
        var open = candidates.Where(e => e.Visibility == "public").ToList();
        var owners = open.Select(e => e.Deployable.Owner).Distinct().Order(StringComparer.Ordinal).ToList();
        return owners.Count > 1 ? (null, owners) : (Latest(open), []);
    }

    /// <summary>What a list shows: the caller's own and public ones; shared ones of an owner who is named; to administrators, all.</summary>
    public IReadOnlyList<RegisteredEnvironment> List(string? name, string? owner, Caller caller) =>
        [.. store.All(name, owner).Where(e => caller.IsAdministrator || e.Deployable.Owner == caller.User || e.Visibility == "public" || (owner is not null && e.Visibility == "shared"))];

    private static bool MayUse(RegisteredEnvironment environment, Caller caller) =>
        caller.IsAdministrator || environment.Deployable.Owner == caller.User || environment.Visibility is "public" or "shared";

    private static RegisteredEnvironment? Latest(IEnumerable<RegisteredEnvironment> candidates) => candidates.MaxBy(e => e.Deployable.Version);
}
