using Kadeploy.Cli.Output;

namespace Kadeploy.Cli.Tests.Output;

public sealed class NodeNamesTests
{
    [Theory]
    [InlineData("node-1", "node-1")]
    [InlineData("node-1,node-2,node-3", "node-[1-3]")]
    [InlineData("node-3,node-1,node-2", "node-[1-3]")]
    [InlineData("node-1,node-3,node-4", "node-[1,3-4]")]
    [InlineData("node-9,node-10,node-11", "node-[9-11]")]
    [InlineData("node-07,node-08,node-09,node-10", "node-[07-10]")]
    [InlineData("node-1,node-01", "node-1,node-01")]
    [InlineData("n1.site-2.fr,n2.site-2.fr", "n[1-2].site-2.fr")]
    [InlineData("n1.a,n2.b", "n1.a,n2.b")]
    [InlineData("rack1-n1,rack1-n2,rack2-n1", "rack1-n[1-2],rack2-n1")]
    [InlineData("alpha,beta", "alpha,beta")]
    [InlineData("node-1,node-1", "node-1")]
    [InlineData("n99999999999999999999", "n99999999999999999999")]
    [InlineData("52-54-00-12-34-56", "52-54-00-12-34-56")]
    public void Fold_Names_GivesTheShortestSetThatMeansTheSame(string names, string folded) =>
        Assert.Equal(folded, NodeNames.Fold(names.Split(',')));

    [Fact]
    public void Fold_HostileName_ReachesNoTerminal() =>
        Assert.Equal("node?[31m", NodeNames.Fold(["node\u001b[31m"]));
}
