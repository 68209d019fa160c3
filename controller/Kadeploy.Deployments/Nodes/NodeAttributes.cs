namespace Kadeploy.Deployments.Nodes;

/// <summary>Attributes of nodes that decisions know; a site may give others.</summary>
public static class NodeAttributes
{
    /// <summary>The site it stands at.</summary>
    public const string Site = "site";

    /// <summary>The switch it hangs at, with those above it: <c>core/row-2/tor-14</c>.</summary>
    public const string Switch = "switch";

    /// <summary>Its rack.</summary>
    public const string Rack = "rack";

    /// <summary>The switches of a path, from the root of the network down.</summary>
    public static IReadOnlyList<string> SplitPath(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return path.Split('/', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }
}
