using Kadeploy.Controller.Configuration;
using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Controller.Nodes;

/// <summary>
/// What <c>@group</c> means: a group of the configuration, <c>@cluster:NAME</c>, <c>@state:idle</c> (<c>deployed</c>, <c>failed</c>),
/// <c>@ATTRIBUTE:VALUE</c> by what the site says of its nodes (<c>@rack:r1</c>), or <c>@*</c> for every node.
/// Made for one request, from the nodes there are.
/// </summary>
internal sealed class NodeGroups(ControllerConfiguration configuration, IReadOnlyCollection<StoredNode> nodes)
{
    private const int Deepest = 16;
    private readonly Dictionary<string, IReadOnlyCollection<string>?> _known = new(StringComparer.Ordinal);
    private NodeSetScope? _scope;
    private int _depth;

    public NodeSetScope Scope => _scope ??= NodeSetScope.Of([.. nodes.Select(n => n.Node.Name)], Members);

    private IReadOnlyCollection<string>? Members(string group)
    {
        if (_known.TryGetValue(group, out var known))
            return known;
        return _known[group] = group.Split(':', 2) switch
        {
            ["*"] => Where(_ => true),
            ["cluster", var name] when configuration.Clusters.ContainsKey(name) || nodes.Any(n => n.Node.Cluster == name) => Where(n => n.Node.Cluster == name),
            ["state", var state] when Enum.TryParse<NodeState>(state, ignoreCase: true, out var wanted) && !char.IsAsciiDigit(state[0]) => Where(n => n.State == wanted),
            [var attribute, var value] when nodes.Any(n => n.Node.Attributes.ContainsKey(attribute)) => Where(n => n.Node.Attributes.GetValueOrDefault(attribute) == value),
            [var name] when configuration.Groups.TryGetValue(name, out var text) => Configured(text),
            _ => null,
        };
    }

    private IReadOnlyCollection<string>? Configured(string text)
    {
        // The configuration was checked for circles; the bound keeps a mistake of ours from becoming a stack overflow.
        if (++_depth > Deepest)
            return null;
        var good = NodeSet.TryParse(text, Scope, out var names, out _);
        _depth--;
        return good ? names : null;
    }

    private List<string> Where(Func<StoredNode, bool> wanted) => [.. nodes.Where(wanted).Select(n => n.Node.Name).Order(NodeNameComparer.Instance)];
}
