namespace Kadeploy.Transfer.Tests;

public sealed class SinkPumpTests
{
    [Fact]
    public void Run_TheWholeImageIsThere_GivesItInPiecesAndFreesTheirRoomOneByOne()
    {
        var image = Chain.RandomImage((5 << 20) + 1000);
        var manifest = Manifest.Compute(new MemoryStream(image), 1 << 18);
        var ring = new Ring(manifest, 8 << 20, 64 << 10);
        while (ring.Received < image.Length)
        {
            var room = ring.TakeRoom(int.MaxValue, 0);
            image.AsSpan((int)ring.Received, room.Length).CopyTo(room);
            ring.Fill(room.Length);
        }
        ring.MarkVerified(manifest.BlockCount - 1);
        using var sink = new MemorySink();
        var given = new List<(long At, long Sunk)>();
        sink.BeforeAppend = at => given.Add((at, ring.Sunk));

        new SinkPump(ring, sink, TimeProvider.System).Run(() => Assert.Fail("no sink failed"));

        Assert.Equal(Enumerable.Range(0, 6).Select(i => ((long)i << 20, (long)i << 20)), given);
        Assert.True(sink.Completed);
        Assert.True(image.AsSpan().SequenceEqual(sink.Content));
        ring.Close();
        ring.Free();
    }
}
