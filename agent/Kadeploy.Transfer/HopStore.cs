using System.Collections.Concurrent;

namespace Kadeploy.Transfer;

/// <summary>A node's bytes: the ring, and what its sink can read back.</summary>
internal sealed class HopStore(Ring ring, IReadBack? copy) : IStore
{
    private readonly ConcurrentDictionary<int, int> _culprits = new();

    public long Length => ring.Length;

    public long Reached => ring.Received;

    public Taken Take(long offset, bool verified, ref byte[] scratch, int milliseconds, out ReadOnlySpan<byte> data)
    {
        data = default;
        if (offset >= ring.Low)
        {
            if (Below(verified) <= offset && (milliseconds == 0 || !Wait(offset, verified, milliseconds)))
                return ring.Closed ? Taken.Closed : Taken.NotYet;
            if (ring.Closed)
                return Taken.Closed;
            if (ring.TryView(offset, Below(verified), out data) && !data.IsEmpty)
            {
                if (!verified)
                    return Taken.Data;
                var room = IStore.Room(ref scratch);
                data = data[..Math.Min(data.Length, room.Length)];
                data.CopyTo(room);
                data = scratch.AsSpan(0, data.Length);
                if (offset >= ring.Low)
                    return Taken.Data;
            }
        }
        if (copy is null || offset >= ring.Sunk)
            return Taken.Gone;
        var buffer = IStore.Room(ref scratch);
        var n = copy.ReadBack(offset, buffer[..(int)Math.Min(buffer.Length, ring.Sunk - offset)]);
        data = buffer[..n];
        return n > 0 ? Taken.Data : Taken.Gone;
    }

    public void Await(long offset, int milliseconds) => ring.Data.Wait(() => ring.Closed || ring.Received > offset, milliseconds);

    public long LowestFrom(long offset) => copy is not null ? offset : Math.Max(offset, ring.Low);

    public int CulpritOf(int block) => _culprits.GetValueOrDefault(block, -1);

    public void Blame(int block, int member) => _culprits[block] = member;

    private bool Wait(long offset, bool verified, int milliseconds) =>
        (verified ? ring.VerifiedMoved : ring.Data).Wait(() => ring.Closed || Below(verified) > offset, milliseconds);

    private long Below(bool verified) => verified ? ring.Verified : ring.Received;
}
