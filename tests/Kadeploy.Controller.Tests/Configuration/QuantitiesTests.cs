using Kadeploy.Controller.Configuration;

namespace Kadeploy.Controller.Tests.Configuration;

public sealed class QuantitiesTests
{
    [Theory]
    [InlineData("0", 0L)]
    [InlineData("512", 512L)]
    [InlineData("64MiB", 64L << 20)]
    [InlineData("2 GiB", 2L << 30)]
    [InlineData("4GB", null)]
    [InlineData("-1", null)]
    [InlineData("MiB", null)]
    [InlineData("99999999TiB", null)]
    public void Bytes_AsWritten_AreRead(string text, long? expected) => Assert.Equal(expected, Quantities.Bytes(text));

    [Theory]
    [InlineData("90", 90)]
    [InlineData("90s", 90)]
    [InlineData("5m", 300)]
    [InlineData("1h", 3600)]
    [InlineData("0", null)]
    [InlineData("1.5m", null)]
    [InlineData("99999h", null)]
    [InlineData("soon", null)]
    public void Duration_AsWritten_IsRead(string text, int? seconds) =>
        Assert.Equal(seconds is { } s ? TimeSpan.FromSeconds(s) : null, Quantities.Duration(text));
}
