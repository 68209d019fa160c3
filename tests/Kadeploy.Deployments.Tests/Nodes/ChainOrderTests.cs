using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Deployments.Tests.Nodes;

public sealed class ChainOrderTests
{
    [Fact]
    public void Arrange_RacksOfForty_CrossesEachUplinkOnceEachWay()
    {
        var random = new Random(7);
        var nodes = Enumerable.Range(1, 200).ToDictionary(i => $"node-{i}", _ => Path($"core/tor-{random.Next(5)}"));

        var order = ChainOrder.Arrange(nodes, ["core"]);

        Assert.Equal(nodes.Keys.Order(), order.Order());
        Assert.All(Crossings(order, nodes, ["core"]), link => Assert.Equal(1, link.Value));
        // Down into each of the five racks, and out of all but the last.
        Assert.Equal(9, Crossings(order, nodes, ["core"]).Count);
        // By name alone, every node but a few is in another rack than its predecessor.
        var byName = nodes.Keys.Order(NodeNameComparer.Instance).ToList();
        Assert.True(Crossings(byName, nodes, ["core"]).Values.Max() > 20);
    }

    [Theory]
    [InlineData("")]
    [InlineData("core")]
    [InlineData("core/row-2")]
    [InlineData("core/row-2/tor-1")]
    [InlineData("elsewhere/x")]
    public void Arrange_TreeOfAnyDepthAndAnyHead_CrossesNoLinkTwiceInOneDirection(string head)
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var nodes = Enumerable.Range(1, 60).ToDictionary(i => $"n{i}", _ => Path(random.Next(5) switch
            {
                0 => "core",
                1 => $"core/row-{random.Next(4)}",
                _ => $"core/row-{random.Next(4)}/tor-{random.Next(3)}",
            }));
            var order = ChainOrder.Arrange(nodes, Path(head));
            Assert.Equal(nodes.Keys.Order(), order.Order());
            Assert.All(Crossings(order, nodes, Path(head)), link => Assert.True(link.Value == 1, $"seed {seed}: {link.Key} is crossed {link.Value} times"));
        }
    }

    [Fact]
    public void Arrange_SameSwitch_KeepsTheOrderOfNames() => Assert.Equal(
        ["node-2", "node-10", "node-1", "node-3", "alone-1"],
        ChainOrder.Arrange(
            new Dictionary<string, IReadOnlyList<string>>
            {
                ["node-10"] = ["b"],
                ["node-3"] = ["c"],
                ["node-2"] = ["b"],
                ["alone-1"] = [],
                ["node-1"] = ["c"],
            },
            []));

    [Fact]
    public void Arrange_NothingKnown_IsTheOrderOfNames() => Assert.Equal(
        ["node-1", "node-2", "node-10"],
        ChainOrder.Arrange(new[] { "node-10", "node-2", "node-1" }.ToDictionary(n => n, _ => Path("")), []));

    private static IReadOnlyList<string> Path(string text) => NodeAttributes.SplitPath(text);

    /// <summary>How often each link between two switches is crossed in each direction, the head first.</summary>
    private static Dictionary<string, int> Crossings(IReadOnlyList<string> order, Dictionary<string, IReadOnlyList<string>> paths, IReadOnlyList<string> head)
    {
        var count = new Dictionary<string, int>();
        var at = head;
        foreach (var next in order.Select(n => paths[n]))
        {
            var common = at.Zip(next).TakeWhile(p => p.First == p.Second).Count();
            for (var i = common; i < at.Count; i++)
                Add($"up from {string.Join('/', at.Take(i + 1))}");
            for (var i = common; i < next.Count; i++)
                Add($"down to {string.Join('/', next.Take(i + 1))}");
            at = next;
        }
        return count;

        void Add(string link) => count[link] = count.GetValueOrDefault(link) + 1;
    }
}
