using Kadeploy.Cli.Output;

namespace Kadeploy.Cli.Tests.Output;

public sealed class QuantityTests
{
    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(999, "999 B")]
    [InlineData(1000, "1.0 kB")]
    [InlineData(92_123_456, "92.1 MB")]
    [InlineData(480_103_981_056, "480 GB")]
    public void Bytes_Value_IsDecimal(long bytes, string text) => Assert.Equal(text, Quantity.Bytes(bytes));

    [Theory]
    [InlineData(402653184, "384 MiB")]
    [InlineData(137438953472, "128 GiB")]
    public void Memory_Value_IsBinary(long bytes, string text) => Assert.Equal(text, Quantity.Memory(bytes));

    [Theory]
    [InlineData(-1, "0.0 s")]
    [InlineData(0.04, "0.0 s")]
    [InlineData(59.94, "59.9 s")]
    [InlineData(59.96, "1 min 00 s")]
    [InlineData(125, "2 min 05 s")]
    [InlineData(3599.6, "1 h 00 min")]
    [InlineData(90000, "25 h 00 min")]
    public void Duration_Seconds_ReadWell(double seconds, string text) => Assert.Equal(text, Quantity.Duration(seconds));
}
