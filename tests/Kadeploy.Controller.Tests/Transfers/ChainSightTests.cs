using Kadeploy.Controller.Agents;
using Kadeploy.Controller.Transfers;

namespace Kadeploy.Controller.Tests.Transfers;

public sealed class ChainSightTests
{
    private const long Ring = 48 << 20;
    private const long Total = 1L << 30;

    [Fact]
    public void Update_FullRingsAboveASlowDisk_NamesThatDisk() => Assert.Equal(
        new ChainLimit("n2", "disk"),
        // n1 waits for n2, n2 waits for its disk, n3 has nothing to wait for.
        Look(("n1", 500, 500, 40), ("n2", 460, 420, 40), ("n3", 460, 460, 0)));

    [Fact]
    public void Update_FullRingsAboveASlowLink_NamesTheNodeBehindIt() => Assert.Equal(
        new ChainLimit("n3", "link"), Look(("n1", 500, 500, 40), ("n2", 460, 460, 40), ("n3", 420, 420, 1)));

    [Fact]
    public void Update_EmptyRings_NamesTheLinkFromTheHead() => Assert.Equal(
        new ChainLimit("n1", "link"), Look(("n1", 100, 100, 0), ("n2", 99, 99, 0)));

    [Fact]
    public void Update_EverybodyHasAll_NamesNobody() => Assert.Null(Look(("n1", 1024, 1024, 40), ("n2", 1024, 1024, 40)));

    [Fact]
    public void Update_OneThatIsDoneWithAFullRing_IsNotBlamed() => Assert.Equal(
        new ChainLimit("n2", "disk"), Look(("n1", 1024, 1024, 40), ("n2", 1000, 960, 40)));

    private static ChainLimit? Look(params (string Node, long Received, long Written, long Buffered)[] nodes)
    {
        var sight = new ChainSight([.. nodes.Select(n => n.Node)], Ring);
        ChainLimit? limit = null;
        foreach (var (i, n) in nodes.Index())
            limit = sight.Update(n.Node, new TransferSighting(
                n.Received << 20, n.Received << 20, n.Written << 20, Total, 0, n.Buffered << 20, "", i + 1 < nodes.Length ? nodes[i + 1].Node : "", []));
        return limit;
    }
}
