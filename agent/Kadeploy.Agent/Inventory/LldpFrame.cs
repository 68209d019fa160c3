using System.Buffers.Binary;
using System.Text;
using Kadeploy.Agent.Linux;

namespace Kadeploy.Agent.Inventory;

/// <summary>
/// An LLDP frame (IEEE 802.1AB-2016, clause 8): after the Ethernet header fields of seven bits of type, nine of length, and a value. Chassis id (1) and
/// port id (2) begin with the kind of the id; 5 is the system's name; 0 ends it.
/// </summary>
internal static class LldpFrame
{
    private const int Header = 14, End = 0, Chassis = 1, Port = 2, Name = 5, ChassisMac = 4, PortMac = 3, LongestText = 64;

    /// <summary>Null when it is none, or names neither switch nor port.</summary>
    public static SwitchPort? Read(ReadOnlySpan<byte> frame)
    {
        if (frame.Length < Header || BinaryPrimitives.ReadUInt16BigEndian(frame[12..]) != LldpSocket.EtherType)
            return null;
        var (chassis, port, name) = ("", "", "");
        for (var rest = frame[Header..]; rest.Length >= 2;)
        {
            var head = BinaryPrimitives.ReadUInt16BigEndian(rest);
            var (type, length) = (head >> 9, head & 0x1ff);
            if (type == End || rest.Length < 2 + length)
                break;
            var value = rest.Slice(2, length);
            if (type == Chassis)
                chassis = Id(value, ChassisMac);
            else if (type == Port)
                port = Id(value, PortMac);
            else if (type == Name)
                name = Text(value);
            rest = rest[(2 + length)..];
        }
        var called = name.Length > 0 ? name : chassis;
        return called.Length > 0 && port.Length > 0 ? new SwitchPort(called, port) : null;
    }

    private static string Id(ReadOnlySpan<byte> value, int macKind) =>
        value.Length < 2 ? "" : value[0] == macKind ? Convert.ToHexStringLower(value[1..]) : Text(value[1..]);

    // Anybody on the wire may have sent it.
    private static string Text(ReadOnlySpan<byte> value) =>
        new([.. Encoding.ASCII.GetString(value).Where(c => c is >= ' ' and < '\x7f').Take(LongestText)]);
}
