using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Kadeploy.Transfer.Tests;

public sealed class ImagePipeTests : IDisposable
{
    private static readonly byte[] Key = RandomNumberGenerator.GetBytes(32);
    private readonly Socket _a = new(SocketType.Stream, ProtocolType.Tcp), _b;

    public ImagePipeTests()
    {
        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        _a.Connect(listener.LocalEndPoint!);
        _b = listener.Accept();
    }

    public void Dispose()
    {
        _a.Dispose();
        _b.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(ImagePipe.FrameSize)]
    [InlineData(ImagePipe.FrameSize + 1)]
    [InlineData(3_000_001)]
    public async Task Receive_OfWhatWasWritten_IsTheSameInAnyPieces(int length)
    {
        var data = RandomNumberGenerator.GetBytes(length);
        foreach (var key in new[] { Key, null })
        {
            using var from = new ImagePipe(_a, key);
            using var to = new ImagePipe(_b, key);
            var writing = Task.Run(() =>
            {
                for (var at = 0; at < length; at += 100_000)
                    Assert.True(from.Write(data.AsSpan(at, Math.Min(100_000, length - at))));
            });
            var got = new MemoryStream();
            var pieces = new Random(length);
            await Task.Run(() =>
            {
                while (got.Length < length)
                {
                    var room = new byte[Math.Min(pieces.Next(1, 200_000), length - (int)got.Length)];
                    var n = to.Receive(room);
                    Assert.NotEqual(0, n);
                    got.Write(room, 0, n);
                }
            }).WaitAsync(TimeSpan.FromSeconds(30));
            await writing;
            Assert.Equal(data, got.ToArray());
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(50)]
    [InlineData(119)]
    public void Receive_ByteChangedOnTheWay_NothingIsGiven(int at)
    {
        var sealed_ = Seal("x"u8.ToArray().Concat(new byte[99]).ToArray());
        Assert.Equal(120, sealed_.Length);
        sealed_[at] ^= 1;
        Send(sealed_);
        using var to = new ImagePipe(_b, Key);
        Assert.Equal(0, to.Receive(new byte[1000]));
    }

    [Fact]
    public void Receive_FramePlayedAgainOrOutOfTurn_NothingIsGiven()
    {
        var one = Seal(new byte[10]);
        Send([.. one, .. one]);
        using var to = new ImagePipe(_b, Key);
        Assert.Equal(10, to.Receive(new byte[10]));
        Assert.Equal(0, to.Receive(new byte[10]));
    }

    [Fact]
    public void Receive_OtherKey_NothingIsGiven()
    {
        Send(Seal(new byte[10]));
        using var to = new ImagePipe(_b, RandomNumberGenerator.GetBytes(32));
        Assert.Equal(0, to.Receive(new byte[10]));
    }

    [Fact]
    public void Write_Sealed_NothingOfItIsOnTheWire()
    {
        var secret = "a text that would be found on the wire"u8.ToArray();
        Assert.Equal(-1, Seal(secret).AsSpan().IndexOf(secret.AsSpan(0, 8)));
    }

    private static byte[] Seal(byte[] data)
    {
        using var here = new ImagePipeTests();
        using var pipe = new ImagePipe(here._a, Key);
        Assert.True(pipe.Write(data));
        var wire = new byte[data.Length + 20];
        Assert.True(Wire.Read(here._b, wire));
        return wire;
    }

    private void Send(byte[] bytes)
    {
        Assert.True(Wire.Write(_a, bytes));
        _a.Shutdown(SocketShutdown.Send);
    }
}
