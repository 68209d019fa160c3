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

    public override string ToString() => $"{(Owner is null ? "" : Owner + "/")}{Name}{(Version is null ? "" : $":{Version}")}";
}
