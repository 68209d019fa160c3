using Kadeploy.Deployments.Plans;

namespace Kadeploy.Deployments.Tests.Plans;

public sealed class TimeLimitTests
{
    [Theory]
    [InlineData("30", 1, 30)]
    [InlineData("1.5", 1, 1.5)]
    [InlineData("200+150*log(n)", 1, 200)]
    [InlineData("600+60*log2(n)", 8, 780)]
    [InlineData("10 - 2 - 3", 1, 5)]
    [InlineData("2*(n+1)/4", 3, 2)]
    [InlineData("max(60, n, 2*n)", 100, 200)]
    [InlineData("min(60,n)", 100, 60)]
    [InlineData("ceil(sqrt(n))", 10, 4)]
    [InlineData("--5", 1, 5)]
    [InlineData("log10(n)", 1000, 3)]
    public void For_Formula_GivesSeconds(string formula, int nodes, double seconds)
    {
        Assert.Null(new TimeLimit(formula).Problem());
        Assert.Equal(seconds, new TimeLimit(formula).For(nodes).TotalSeconds, 6);
    }

    [Theory]
    [InlineData("", "the end")]
    [InlineData("1+", "the end")]
    [InlineData("1 2", "'2' at character 3")]
    [InlineData("(1", "expected ')'")]
    [InlineData("x", "unknown name 'x'")]
    [InlineData("system(1)", "unknown name 'system'")]
    [InlineData("log(1,2)", "expected ')'")]
    [InlineData("1.2.3", "is not a number")]
    [InlineData("1/0", "gives")]
    [InlineData("100-n", "n=100000")]
    [InlineData("log(n-1)", "n=1")]
    public void Problem_WrongFormula_SaysWhere(string formula, string part) =>
        Assert.Contains(part, new TimeLimit(formula).Problem(), StringComparison.Ordinal);

    [Fact]
    public void Problem_DeepNesting_IsRefusedNotOverflowed() => Assert.NotNull(new TimeLimit(new string('(', 100_000)).Problem());

    [Fact]
    public void For_Absurd_IsBounded() => Assert.Equal(TimeLimit.Longest, new TimeLimit("1000000*n*n").For(100_000));
}
