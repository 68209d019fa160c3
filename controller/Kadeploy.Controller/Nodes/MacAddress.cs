namespace Kadeploy.Controller.Nodes;

/// <summary>Ethernet addresses in the one form that is stored and compared: lower case, colons.</summary>
internal static class MacAddress
{
    /// <summary>Accepts colons, hyphens (iPXE's hexhyp) or nothing between the bytes; null when it is none.</summary>
    public static string? Normalise(string? text)
    {
        if (text is null || text.Length is < 12 or > 17)
            return null;
        var digits = text.Replace(":", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal);
        return digits.Length == 12 && digits.All(char.IsAsciiHexDigit)
            ? string.Join(':', Enumerable.Range(0, 6).Select(i => digits.Substring(i * 2, 2))).ToLowerInvariant()
            : null;
    }

    /// <summary>The name under which a machine that nobody registered is shown: its MAC with dashes.</summary>
    public static string AsName(string mac) => mac.Replace(':', '-');
}
