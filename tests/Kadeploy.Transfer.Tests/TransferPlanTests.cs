using System.Net;

namespace Kadeploy.Transfer.Tests;

public sealed class TransferPlanTests
{
    private static readonly Manifest SomeManifest = Manifest.Compute(new MemoryStream(new byte[10_000]), 4096);

    private static ChainMember Member(string name, int port) => new(name, new IPEndPoint(IPAddress.Loopback, port));

    [Fact]
    public void FromBytes_OfToBytes_IsTheSame()
    {
        var plan = TransferPlan.Create(SomeManifest, [Member("head", 1), Member("a", 2), new("b", new IPEndPoint(IPAddress.IPv6Loopback, 3))])
            .WithDead(["a"]) with
        { Sealed = true, Tunables = new TransferTunables { Silence = TimeSpan.FromSeconds(7), RingBytes = 123 } };
        var again = TransferPlan.FromBytes(plan.ToBytes());
        Assert.Equal(plan.ToBytes(), again.ToBytes());
        Assert.Equal(plan.Members.AsEnumerable(), again.Members);
        Assert.Equal(plan.Tunables, again.Tunables);
        Assert.True(again.Sealed);
        Assert.Equal(2, again.Epoch);
        Assert.Equal([1], again.Dead);
        Assert.Throws<FormatException>(() => TransferPlan.FromBytes(plan.ToBytes().AsSpan(0, 90)));
    }

    [Fact]
    public void Unpack_OfPack_IsTheSameAndManyMembersAreFewBytes()
    {
        var members = Enumerable.Range(0, 5000).Select(i => new ChainMember($"node-{i}.site.example", new IPEndPoint(new IPAddress([10, 1, (byte)(i >> 8), (byte)i]), 25303)));
        var plan = TransferPlan.Create(SomeManifest, members).WithDead(["node-7.site.example"]);

        var packed = plan.Pack();

        Assert.Equal(plan.ToBytes(), TransferPlan.Unpack(packed).ToBytes());
        Assert.InRange(packed.Length, 1, 40_000);
        Assert.Throws<FormatException>(() => TransferPlan.Unpack(packed.AsSpan(0, 100)));
        Assert.Throws<FormatException>(() => TransferPlan.Unpack([1, 2, 3]));
    }

    [Fact]
    public void Problem_SameNodeTwice_IsNamed()
    {
        Assert.Contains("twice", TransferPlan.Create(SomeManifest, [Member("head", 1), Member("a", 2), Member("a", 3)]).Problem());
        Assert.Contains("same address", TransferPlan.Create(SomeManifest, [Member("head", 1), Member("a", 2), Member("b", 2)]).Problem());
        Assert.NotNull(TransferPlan.Create(SomeManifest, [Member("head", 1)]).Problem());
        Assert.Null(TransferPlan.Create(SomeManifest, [Member("head", 1), Member("a", 2)]).Problem());
    }
}
