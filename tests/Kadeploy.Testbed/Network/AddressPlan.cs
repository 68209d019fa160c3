using System.Globalization;

namespace Kadeploy.Testbed.Network;

/// <summary>Addresses of a cluster; every cluster has the same ones, since each is alone in its namespace.</summary>
internal static class AddressPlan
{
    public const string Controller = "10.80.0.1";

    public const string ControllerV6 = "fd77::1";

    /// <summary>10.80.0.11 for node 1.</summary>
    public static string Node(int number) => $"10.80.0.{10 + number}";

    /// <summary>10.80.0.101 for node 1.</summary>
    public static string Bmc(int number) => $"10.80.0.{100 + number}";

    /// <summary>52:54:00:80:00:01 for node 1: QEMU's prefix.</summary>
    public static string Mac(int number) => $"52:54:00:80:00:{number:x2}";

    public static string Uuid(int number) =>
        string.Create(CultureInfo.InvariantCulture, $"6b616465-706c-6f79-8000-{number:x12}");

    /// <summary>TCP port on the namespace's loopback where a node's serial port is, for its BMC.</summary>
    public static int SerialPort(int number) => 7000 + number;
}
