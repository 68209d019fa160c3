using System.Collections.Immutable;
using System.IO.Compression;
using System.Net;

namespace Kadeploy.Transfer;

/// <summary>The binary form of a <see cref="TransferPlan"/>: version byte, then the fields in order, little-endian.</summary>
internal static class PlanCodec
{
    private const byte Version = 2;

    public static byte[] Write(TransferPlan plan)
    {
        using var memory = new MemoryStream();
        using var w = new BinaryWriter(memory);
        w.Write(Version);
        w.Write(plan.TransferId.ToByteArray());
        w.Write(plan.Key.AsSpan());
        w.Write(plan.Epoch);
        var manifest = plan.Manifest.ToBytes();
        w.Write(manifest.Length);
        w.Write(manifest);
        w.Write(plan.Members.Length);
        foreach (var member in plan.Members)
        {
            w.Write(member.Name);
            var address = member.EndPoint.Address.GetAddressBytes();
            w.Write((byte)address.Length);
            w.Write(address);
            w.Write((ushort)member.EndPoint.Port);
        }
        w.Write(plan.Dead.Count);
        foreach (var dead in plan.Dead.Order())
            w.Write(dead);
        var t = plan.Tunables;
        foreach (var span in (TimeSpan[])[t.Heartbeat, t.Silence, t.ConnectTimeout, t.JoinGrace, t.SuccessorGrace, t.NoFeedLimit, t.ProgressInterval])
            w.Write(span.Ticks);
        w.Write(t.RingBytes);
        w.Write(t.RelayUnit);
        w.Write(t.SlowFloor);
        w.Write(plan.Sealed);
        w.Flush();
        return memory.ToArray();
    }

    public static byte[] Pack(TransferPlan plan)
    {
        using var memory = new MemoryStream();
        using (var deflate = new DeflateStream(memory, CompressionLevel.Optimal))
            deflate.Write(Write(plan));
        return memory.ToArray();
    }

    public static TransferPlan Unpack(ReadOnlySpan<byte> bytes)
    {
        try
        {
            using var inflate = new DeflateStream(new MemoryStream(bytes.ToArray()), CompressionMode.Decompress);
            using var memory = new MemoryStream();
            inflate.CopyTo(memory);
            return Read(memory.GetBuffer().AsSpan(0, (int)memory.Length));
        }
        catch (InvalidDataException e)
        {
            throw new FormatException("not a packed transfer plan", e);
        }
    }

    public static TransferPlan Read(ReadOnlySpan<byte> bytes)
    {
        try
        {
            using var r = new BinaryReader(new MemoryStream(bytes.ToArray()));
            var version = r.ReadByte();
            if (version is 0 or > Version)
                throw new FormatException("a transfer plan of another version");
            var id = new Guid(r.ReadBytes(16));
            var key = r.ReadBytes(32).ToImmutableArray();
            var epoch = r.ReadInt32();
            var manifest = Manifest.FromBytes(r.ReadBytes(r.ReadInt32()));
            var members = new ChainMember[r.ReadInt32()];
            for (var i = 0; i < members.Length; i++)
                members[i] = new ChainMember(r.ReadString(), new IPEndPoint(new IPAddress(r.ReadBytes(r.ReadByte())), r.ReadUInt16()));
            var dead = new int[r.ReadInt32()];
            for (var i = 0; i < dead.Length; i++)
                dead[i] = r.ReadInt32();
            TimeSpan Span() => new(r.ReadInt64());
            var tunables = new TransferTunables
            {
                Heartbeat = Span(),
                Silence = Span(),
                ConnectTimeout = Span(),
                JoinGrace = Span(),
                SuccessorGrace = Span(),
                NoFeedLimit = Span(),
                ProgressInterval = Span(),
                RingBytes = r.ReadInt32(),
                RelayUnit = r.ReadInt32(),
                SlowFloor = r.ReadDouble(),
            };
            // A controller that was renewed while a transfer ran finds its plan in the former version.
            var isSealed = version > 1 && r.ReadBoolean();
            return new TransferPlan(id, key, epoch, manifest, [.. members]) { Dead = [.. dead], Tunables = tunables, Sealed = isSealed };
        }
        catch (Exception e) when (e is EndOfStreamException or ArgumentException or OverflowException or OutOfMemoryException)
        {
            throw new FormatException("not a transfer plan", e);
        }
    }
}
