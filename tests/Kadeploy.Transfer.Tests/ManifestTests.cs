using System.Security.Cryptography;

namespace Kadeploy.Transfer.Tests;

public sealed class ManifestTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(100_000)]
    public void FromBytes_OfToBytes_IsTheSame(int length)
    {
        var image = Chain.RandomImage(length);
        var manifest = Manifest.FromBytes(Manifest.Compute(new MemoryStream(image), 4096).ToBytes());
        Assert.Equal(length, manifest.Length);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(image)), manifest.Sha256);
        for (var i = 0; i < manifest.BlockCount; i++)
            Assert.True(manifest.Matches(i, image.AsSpan(i * 4096, manifest.LengthOf(i))));
    }

    [Fact]
    public void FromBytes_Truncated_Throws()
    {
        var bytes = Manifest.Compute(new MemoryStream(new byte[10_000]), 4096).ToBytes();
        Assert.Throws<FormatException>(() => Manifest.FromBytes(bytes.AsSpan(0, bytes.Length - 1)));
        Assert.Throws<FormatException>(() => Manifest.FromBytes(bytes.AsSpan(0, bytes.Length - 32)));
        Assert.Throws<FormatException>(() => Manifest.FromBytes("nonsense"u8));
    }
}
