namespace Kadeploy.Agent.Target;

/// <summary>/etc/hosts, hosts(5).</summary>
internal static class Hosts
{
    /// <summary>The machine's own name at 127.0.1.1, where Debian has it (its policy on names without a fixed address); other lines stay.</summary>
    public static string Text(string present, string hostName, string domain)
    {
        var names = domain.Length > 0 ? $"{hostName}.{domain} {hostName}" : hostName;
        var lines = present.Split('\n').Where(line => !line.TrimStart().StartsWith("127.0.1.1", StringComparison.Ordinal)).ToList();
        while (lines.Count > 0 && lines[^1].Length == 0)
            lines.RemoveAt(lines.Count - 1);
        var local = lines.FindIndex(line => line.TrimStart().StartsWith("127.0.0.1", StringComparison.Ordinal));
        if (local < 0)
            lines.Insert(local = 0, "127.0.0.1\tlocalhost");
        lines.Insert(local + 1, $"127.0.1.1\t{names}");
        return string.Join('\n', lines) + "\n";
    }
}
