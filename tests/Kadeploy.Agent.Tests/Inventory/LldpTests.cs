using System.Runtime.InteropServices;
using System.Text;
using Kadeploy.Agent.Inventory;
using Kadeploy.Agent.Linux;

namespace Kadeploy.Agent.Tests.Inventory;

public sealed partial class LldpTests
{
    [Fact]
    public void Read_SwitchWithAName_SaysNameAndPort() =>
        Assert.Equal(new SwitchPort("tor-14", "Gi1/0/7"), LldpFrame.Read(Frame("tor-14", "Gi1/0/7")));

    [Fact]
    public void Read_SwitchWithoutAName_SaysItsChassis() => Assert.Equal(new SwitchPort("0011223344ff", "7"), LldpFrame.Read(Frame("", "7")));

    [Fact]
    public void Read_WhatIsNoText_IsLeftOut() => Assert.Equal(new SwitchPort("ab", "p"), LldpFrame.Read(Frame("a\u0001\u007fb", "p")));

    [Fact]
    public void Read_CutShortOrGarbage_IsNoneOrWhatWasWhole()
    {
        var frame = Frame("tor-14", "Gi7");
        for (var length = 0; length < frame.Length; length++)
            Assert.True(LldpFrame.Read(frame.AsSpan(0, length)) is null or { Port: "Gi7" });
        var random = new Random(5);
        for (var i = 0; i < 20_000; i++)
        {
            var mutant = frame.ToArray();
            for (var k = 0; k < 4; k++)
                mutant[random.Next(14, mutant.Length)] = (byte)random.Next(256);
            Assert.True(LldpFrame.Read(mutant) is null or { Switch.Length: <= 64, Port.Length: <= 64 });
        }
    }

    [Fact]
    public async Task Start_FrameOnTheWire_IsHeardOnceUntilItChanges()
    {
        var neighbours = new SwitchNeighbours(new MachineRoot());
        var news = 0;
        neighbours.Start(["lo"], () => Interlocked.Increment(ref news));
        await Within.Patiently(() => Sent("tor-1", "7") && Volatile.Read(ref news) == 1, "the frame sent on the loopback interface");
        Assert.Equal(new SwitchPort("tor-1", "7"), neighbours.Of("lo"));
        await Within.Patiently(() => Sent("tor-2", "8") && Volatile.Read(ref news) >= 2, "the change of the switch");
        Assert.Equal(new SwitchPort("tor-2", "8"), neighbours.Of("lo"));
        Assert.Equal(2, Volatile.Read(ref news));

        static bool Sent(string name, string port)
        {
            Send(Frame(name, port));
            return true;
        }
    }

    /// <summary>Chassis by MAC, port by interface name, time to live, name, end.</summary>
    private static byte[] Frame(string name, string port)
    {
        List<byte> bytes = [0x01, 0x80, 0xC2, 0, 0, 0x0E, 0, 0x11, 0x22, 0x33, 0x44, 0xff, 0x88, 0xCC];
        Add(1, [4, 0, 0x11, 0x22, 0x33, 0x44, 0xff]);
        Add(2, [5, .. Encoding.ASCII.GetBytes(port)]);
        Add(3, [0, 120]);
        if (name.Length > 0)
            Add(5, Encoding.ASCII.GetBytes(name));
        Add(0, []);
        return [.. bytes];

        void Add(int type, byte[] value) => bytes.AddRange([(byte)(type << 1 | value.Length >> 8), (byte)value.Length, .. value]);
    }

    // packet(7); lo is interface 1 of every network namespace.
    private static void Send(byte[] frame)
    {
        var descriptor = OpenSocket(17, 3, 0);
        Assert.True(descriptor >= 0, $"a packet socket needs CAP_NET_RAW: {Libc.Describe(Libc.LastError)}");
        var to = new byte[20];
        (to[0], to[2], to[3], to[4], to[11]) = (17, 0x88, 0xCC, 1, 6);
        var sent = SendTo(descriptor, frame, frame.Length, 0, to, 20);
        _ = Descriptors.Close(descriptor);
        Assert.Equal(frame.Length, sent);
    }

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int OpenSocket(int domain, int kind, int protocol);

    [LibraryImport("libc", EntryPoint = "sendto", SetLastError = true)]
    private static partial nint SendTo(int descriptor, byte[] data, nint length, int flags, byte[] to, int toLength);
}
