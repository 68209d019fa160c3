using System.Globalization;
using Kadeploy.Api.Environments;
using Kadeploy.Cli.Client;

namespace Kadeploy.Cli.Input;

/// <summary>An environment as the user names it: <c>[owner/]name[:version]</c>.</summary>
/// <param name="Owner">Owner, or null for any.</param>
/// <param name="Name">Name.</param>
/// <param name="Version">Version, or null for the latest.</param>
internal sealed record EnvironmentName(string? Owner, string Name, int? Version)
{
    public static Answer<EnvironmentName> Parse(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var owner = slash < 0 ? null : text[..slash];
        var rest = text[(slash + 1)..];
        var colon = rest.LastIndexOf(':');
        var name = colon < 0 ? rest : rest[..colon];
        int? version = null;
        if (colon >= 0)
        {
            if (!int.TryParse(rest[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                return Failure.Usage($"environment '{text}': behind ':' stands a version, a number");
            version = number;
        }

        return owner is "" || name.Length == 0 || name.Contains('/', StringComparison.Ordinal)
            ? Failure.Usage($"environment '{text}': write it as NAME, NAME:VERSION or OWNER/NAME:VERSION")
            : new EnvironmentName(owner, name, version);
    }

    /// <summary>With the owner given apart, by Kadeploy3's -u.</summary>
    public static Answer<EnvironmentName> Parse(string text, string? owner)
    {
        if (!Parse(text).TryGet(out var name, out var failure))
            return failure;
        if (owner is null)
            return name;
        return name.Owner is null || name.Owner == owner ? name with { Owner = owner } : Failure.Usage($"-u {owner}: '{text}' names another owner");
    }

    /// <summary>Those of <paramref name="all"/> that are meant, the greatest version first.</summary>
    public List<EnvironmentInfo> Among(IEnumerable<EnvironmentInfo> all) =>
    [
        .. all.Where(e => e.Name == Name && (Owner is null || e.Owner == Owner) && (Version is null || e.Version == Version))
            .OrderBy(e => e.Owner, StringComparer.Ordinal)
            .ThenByDescending(e => e.Version),
    ];

    public override string ToString() => $"{(Owner is null ? "" : Owner + "/")}{Name}{(Version is { } v ? $":{v}" : "")}";
}
