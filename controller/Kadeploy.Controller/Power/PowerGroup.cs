namespace Kadeploy.Controller.Power;

/// <summary>Nodes that share what takes their power away: an outlet, a PDU, a chassis.</summary>
/// <param name="Name">Its name, for messages.</param>
/// <param name="Nodes">Names of all its nodes.</param>
internal sealed record PowerGroup(string Name, IReadOnlyList<string> Nodes)
{
    /// <summary>Whether all of its nodes are among these: only then may the group's power be touched for the sake of one.</summary>
    public bool IsWholeIn(IReadOnlySet<string> nodes) => Nodes.Count > 0 && Nodes.All(nodes.Contains);
}
