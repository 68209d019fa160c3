using Grpc.Core;

namespace Kadeploy.Grpc.Tests;

/// <summary>The small formats of PROTOCOL-HTTP2.md, byte for byte.</summary>
public sealed class WireTests
{
    [Theory]
    [InlineData(0, "1u")]
    [InlineData(1, "1u")]
    [InlineData(10, "1u")]
    [InlineData(11, "2u")]
    [InlineData(10_000_000, "1000000u")]
    [InlineData(999_999_990, "99999999u")]
    [InlineData(999_999_991, "100000m")]
    [InlineData(36_000_000_000, "3600000m")]
    [InlineData(TimeSpan.TicksPerDay * 365, "31536000S")]
    [InlineData(long.MaxValue, "99999999H")]
    public void Timeout_Encoded_FinestUnitThatFitsRoundedUp(long ticks, string text) => Assert.Equal(text, GrpcTimeout.Encode(new TimeSpan(ticks)));

    [Theory]
    [InlineData("1n", 0)]
    [InlineData("100n", 1)]
    [InlineData("1u", 10)]
    [InlineData("1m", TimeSpan.TicksPerMillisecond)]
    [InlineData("1S", TimeSpan.TicksPerSecond)]
    [InlineData("1M", TimeSpan.TicksPerMinute)]
    [InlineData("99999999H", TimeSpan.TicksPerHour * 99_999_999)]
    public void Timeout_Decoded_Ticks(string text, long ticks)
    {
        Assert.True(GrpcTimeout.TryDecode(text, out var timeout));
        Assert.Equal(ticks, timeout.Ticks);
    }

    [Theory]
    [InlineData("plain text ~!", "plain text ~!")]
    [InlineData("100 %", "100 %25")]
    [InlineData("ä\n", "%C3%A4%0A")]
    [InlineData("駄目🙂", "%E9%A7%84%E7%9B%AE%F0%9F%99%82")]
    public void Message_Encoded_AndBack(string text, string encoded)
    {
        Assert.Equal(encoded, PercentEncoding.Encode(text));
        Assert.Equal(text, PercentEncoding.Decode(encoded));
    }

    [Theory]
    [InlineData("%", "%")]
    [InlineData("%4", "%4")]
    [InlineData("%zz%41", "%zzA")]
    [InlineData("%41%", "A%")]
    [InlineData("%FF", "\uFFFD")]
    public void Message_BrokenEscapes_KeptOrReplaced(string encoded, string text) => Assert.Equal(text, PercentEncoding.Decode(encoded));

    [Fact]
    public void BinaryMetadata_JoinedAndUnpadded_TakenApart()
    {
        var metadata = new Metadata();

        GrpcHeaders.Receive(metadata, "Key-bin", "AAH/, Bw==,Bw,!,AAAA");

        Assert.Equal([[0, 1, 255], [7], [7], [0, 0, 0]], metadata.GetAll("key-bin").Select(entry => entry.ValueBytes));
    }

    [Theory]
    [InlineData("content-type")]
    [InlineData("grpc-status")]
    [InlineData(":path")]
    [InlineData("te")]
    public void Metadata_ReservedName_IsNotMetadata(string name)
    {
        var metadata = new Metadata();

        GrpcHeaders.Receive(metadata, name, "x");

        Assert.Empty(metadata);
    }

    [Theory]
    [InlineData("", "x")]
    [InlineData("a b", "x")]
    [InlineData("ä", "x")]
    [InlineData("key-bin", "text")]
    [InlineData("key", "line\nbreak")]
    [InlineData("key", "größe")]
    public void Entry_NotCarriedByGrpc_Refused(string key, string value) => Assert.Throws<ArgumentException>(() => new Metadata.Entry(key, value));

    [Fact]
    public void Entry_BytesUnderATextKey_Refused() => Assert.Throws<ArgumentException>(() => new Metadata.Entry("key", [1]));

    [Fact]
    public void Empty_AddedTo_Refused() => Assert.Throws<NotSupportedException>(() => Metadata.Empty.Add("a", "b"));
}
