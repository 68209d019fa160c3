using System.Globalization;

namespace Kadeploy.Controller.Environments;

/// <summary>How a request names an environment: <c>name</c>, <c>name:version</c>, <c>owner/name</c> or <c>owner/name:version</c>.</summary>
internal sealed record EnvironmentName(string? Owner, string Name, int? Version)
{
    /// <summary>Null when the text is none of these.</summary>
    public static EnvironmentName? Parse(string text)
    {
        var (owner, rest) = text.IndexOf('/', StringComparison.Ordinal) is >= 0 and var slash ? (text[..slash], text[(slash + 1)..]) : (null, text);
        var (name, version) = rest.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon ? (rest[..colon], rest[(colon + 1)..]) : (rest, null);
        if (name.Length == 0 || owner is "" || name.Contains('/', StringComparison.Ordinal))
            return null;
        if (version is null)
            return new EnvironmentName(owner, name, null);
        return int.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? new EnvironmentName(owner, name, number) : null;
    }

    /// <summary>The one that is meant: of the owner named, else the user's own before others'; the greatest version unless one is named.</summary>
    public RegisteredEnvironment? Choose(IEnumerable<RegisteredEnvironment> candidates, string user) => candidates
        .Where(e => e.Deployable.Name == Name && (Owner is null || e.Deployable.Owner == Owner) && (Version is null || e.Deployable.Version == Version))
        .OrderByDescending(e => e.Deployable.Owner == user)
        .ThenByDescending(e => e.Deployable.Version)
        .FirstOrDefault();
}
