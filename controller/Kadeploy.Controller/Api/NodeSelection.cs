using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Nodes;
using Kadeploy.Controller.Storage;
using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Controller.Api;

/// <summary>Turns the node set of a request into registered nodes, all of them or an error answer.</summary>
internal sealed class NodeSelection(NodeStore nodes, ControllerConfiguration configuration)
{
    /// <summary>The nodes of an operation: one that is named twice is a mistake.</summary>
    public (IReadOnlyList<StoredNode> Nodes, IResult? Problem) ChooseOnce(string? set, string field)
    {
        var (chosen, problem) = Choose(set, field);
        return problem is null && NodeSet.Repeated(set!, Scope()) is { Count: > 0 } twice
            ? ([], Problems.Result(422, "node-twice", "Nodes are named twice", $"named more than once: {string.Join(", ", twice.Take(20))}", field, twice))
            : (chosen, problem);
    }

    /// <returns>The nodes in the order asked for, or the problem; an empty set is one: it never means all.</returns>
    public (IReadOnlyList<StoredNode> Nodes, IResult? Problem) Choose(string? set, string field)
    {
        if (string.IsNullOrWhiteSpace(set))
            return ([], Problems.Result(422, "no-nodes", "No nodes given", "name the nodes; nothing never means all of them", field));
        var all = nodes.All();
        if (!NodeSet.TryParse(set, new NodeGroups(configuration, all).Scope, out var names, out var error))
            return ([], Problems.Result(422, "bad-node-set", "The node set cannot be read", error!.Point(set), field));
        if (names.Count == 0)
            return ([], Problems.Result(422, "no-nodes", "No nodes given", "the node set holds no node: its groups are empty, or its operators leave nothing", field));
        var known = all.ToDictionary(n => n.Node.Name, StringComparer.Ordinal);
        var unknown = names.Where(n => !known.ContainsKey(n)).ToList();
        return unknown.Count > 0 ? ([], Unknown(unknown, known.Keys)) : ([.. names.Select(n => known[n])], null);
    }

    /// <summary>What a node set means here, for requests about more than registered nodes.</summary>
    public NodeSetScope Scope() => new NodeGroups(configuration, nodes.All()).Scope;

    private static IResult Unknown(List<string> unknown, IEnumerable<string> known) =>
        unknown.Count == 1 && NodeSetScope.Candidates(unknown[0], known) is { Count: > 1 } several
            ? Problems.Result(409, "ambiguous-node", "Several nodes have this short name", $"{unknown[0]} may be {string.Join(" or ", several.Take(10))}: say which", nodes: unknown)
            : Problems.UnknownNodes(unknown);
}
