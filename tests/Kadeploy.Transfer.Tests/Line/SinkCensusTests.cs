namespace Kadeploy.Transfer.Tests.Line;

public sealed class SinkCensusTests
{
    [Theory]
    [InlineData(new long[] { }, 0)]
    [InlineData(new long[] { 0, 0 }, 0)]
    [InlineData(new long[] { 1_000_000, 40_000_000 }, 33_554_432)]
    [InlineData(new long[] { 1_000_000, 1_000_000, 40_000_000 }, 524_288)]
    [InlineData(new long[] { 1_000_000, 1_000_000, 40_000_000, 50_000_000, 100_000_000 }, 33_554_432)]
    public void Median_OfSomeSinks_IsTheLowerBoundOfItsClass(long[] rates, long expected)
    {
        var census = rates.Aggregate(default(SinkCensus), (all, rate) => all.With(rate));
        Assert.Equal(expected, census.Median);
        Span<byte> bytes = stackalloc byte[SinkCensus.Size];
        census.Write(bytes);
        Assert.Equal(census, SinkCensus.Read(bytes));
    }

    [Fact]
    public void Median_OfAThousandSinks_Stays()
    {
        var census = default(SinkCensus);
        for (var i = 0; i < 1000; i++)
            census = census.With(i % 10 == 0 ? 1_000_000 : 300_000_000);
        Assert.Equal(268_435_456, census.Median);
    }
}
