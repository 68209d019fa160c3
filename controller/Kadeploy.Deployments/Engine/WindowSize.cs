namespace Kadeploy.Deployments.Engine;

/// <summary>How much a window lets through, over all deployments together.</summary>
/// <param name="Nodes">At most so many nodes are in its steps at once; at least 1.</param>
/// <param name="Pause">So long after a node is through, its place stays empty: power peaks and DHCP storms come after the command.</param>
public sealed record WindowSize(int Nodes, TimeSpan Pause)
{
    internal WindowSize Checked()
    {
        // Nobody would ever get through.
        ArgumentOutOfRangeException.ThrowIfLessThan(Nodes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Pause, TimeSpan.Zero);
        return this;
    }
}
