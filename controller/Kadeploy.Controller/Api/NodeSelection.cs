using Kadeploy.Controller.Nodes;
using Kadeploy.Controller.Storage;
using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Controller.Api;

/// <summary>Turns the node set of a request into registered nodes, all of them or an error answer.</summary>
internal sealed class NodeSelection(NodeStore nodes)
{
    /// <summary>The nodes of an operation: one that is named twice is a mistake.</summary>
    public (IReadOnlyList<StoredNode> Nodes, IResult? Problem) ChooseOnce(string? set, string field)
    {
        var (chosen, problem) = Choose(set, field);
        return problem is null && NodeSet.Repeated(set!) is { Count: > 0 } twice
            ? ([], Problems.Result(422, "node-twice", "Nodes are named twice", $"named more than once: {string.Join(", ", twice.Take(20))}", field, twice))
            : (chosen, problem);
    }

    /// <returns>The nodes in the order asked for, or the problem; an empty set is one: it never means all.</returns>
    public (IReadOnlyList<StoredNode> Nodes, IResult? Problem) Choose(string? set, string field)
    {
        if (string.IsNullOrWhiteSpace(set))
            return ([], Problems.Result(422, "no-nodes", "No nodes given", "name the nodes; nothing never means all of them", field));
        if (!NodeSet.TryParse(set, out var names, out var error))
            return ([], Problems.Result(422, "bad-node-set", "The node set cannot be read", error!.Point(set), field));
        var known = nodes.All().ToDictionary(n => n.Node.Name, StringComparer.Ordinal);
        var unknown = names.Where(n => !known.ContainsKey(n)).ToList();
        return unknown.Count > 0 ? ([], Problems.UnknownNodes(unknown)) : ([.. names.Select(n => known[n])], null);
    }
}
