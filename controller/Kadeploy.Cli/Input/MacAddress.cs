using Kadeploy.Cli.Client;

namespace Kadeploy.Cli.Input;

/// <summary>MACs in any usual spelling, made lower case with colons.</summary>
internal static class MacAddress
{
    public static Answer<List<string>> Read(IReadOnlyList<string> texts)
    {
        var macs = new List<string>();
        foreach (var text in texts)
        {
            var parts = text.Split(':', '-');
            if (parts.Length != 6 || parts.Any(p => p.Length != 2 || !p.All(char.IsAsciiHexDigit)))
                return Failure.Usage($"--mac '{text}': write it as 52:54:00:12:34:56");
            macs.Add(string.Join(':', parts).ToLowerInvariant());
        }

        return macs;
    }
}
