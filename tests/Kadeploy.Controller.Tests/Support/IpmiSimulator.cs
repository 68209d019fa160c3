using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Kadeploy.TestSupport;

namespace Kadeploy.Controller.Tests.Support;

/// <summary>A real RMCP+ BMC: OpenIPMI's ipmi_sim on loopback, in front of a machine that is a file with its power state and one with what was asked.</summary>
internal sealed class IpmiSimulator : IDisposable
{
    public const string User = "admin";
    public const string Password = "tops3cret";

    private readonly TemporaryFolder _folder = new();
    private readonly TcpListener _serial = new(IPAddress.Loopback, 0);
    private readonly Process _process;

    public IpmiSimulator()
    {
        Port = FreePort(Address);
        _serial.Start();
        var chassis = _folder.Write("chassis", $$"""
            echo "$@" >> {{_folder.Path}}/asked
            operation=$1; shift
            case $operation in
            get)
                for what in "$@"; do
                    case $what in
                    power) echo "power:$(cat {{_folder.Path}}/power 2>/dev/null || echo 0)" ;;
                    boot) echo "boot:none" ;;
                    esac
                done ;;
            set)
                while [ $# -gt 1 ]; do
                    [ "$1" != power ] || [ -e {{_folder.Path}}/stuck ] || echo "$2" > {{_folder.Path}}/power
                    shift 2
                done ;;
            esac

            """);
        var lan = _folder.Write("lan.conf", $"""
            name "test"
            set_working_mc 0x20
              startlan 1
                addr {Address} {Port}
                priv_limit admin
                allowed_auths_callback none md2 md5 straight
                allowed_auths_user none md2 md5 straight
                allowed_auths_operator none md2 md5 straight
                allowed_auths_admin none md2 md5 straight
                guid a123456789abcdefa123456789abcdef
              endlan
              chassis_control "/bin/sh {chassis}"
              sol "tcp:127.0.0.1:{((IPEndPoint)_serial.LocalEndpoint).Port}" 115200
              user 1 true "" "" user 10 none md2 md5 straight
              user 2 true "{User}" "{Password}" admin 10 none md2 md5 straight

            """);
        var emulation = _folder.Write("bmc.emu", "mc_setbmc 0x20\nmc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr\nmc_enable 0x20\n");
        _process = Process.Start(new ProcessStartInfo("ipmi_sim", ["-c", lan, "-f", emulation, "-s", _folder.Sub("state"), "-n"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Its own, so that nobody takes its port before it has it.</summary>
    public IPAddress Address { get; } = OwnAddress.Next();

    public int Port { get; }

    /// <summary>The machine's end of the serial line, once a console is opened.</summary>
    public async Task<NetworkStream> SerialAsync() => new(await _serial.AcceptSocketAsync().WaitAsync(TimeSpan.FromSeconds(30)), ownsSocket: true);

    public bool PowerIsOn => File.Exists($"{_folder.Path}/power") && File.ReadAllText($"{_folder.Path}/power").Trim() == "1";

    /// <summary>Everything that was asked of the machine.</summary>
    public string[] Asked => File.Exists($"{_folder.Path}/asked") ? File.ReadAllLines($"{_folder.Path}/asked") : [];

    /// <summary>Accepts power commands and does nothing: a lying BMC.</summary>
    public void Stick() => _folder.Write("stuck", "");

    public static int FreePort(IPAddress address)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(address, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    /// <summary>Waits until it answers; ipmi_sim says nothing when it is ready.</summary>
    public async Task ReadyAsync() => await Eventually.TrueAsync(
        async () =>
        {
            using var ping = Process.Start(new ProcessStartInfo(
                "ipmitool",
                ["-I", "lanplus", "-C", "3", "-N", "1", "-R", "1", "-H", $"{Address}", "-p", Port.ToString(CultureInfo.InvariantCulture), "-U", User, "-P", Password, "mc", "guid"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            await ping.WaitForExitAsync();
            return ping.ExitCode == 0;
        },
        $"ipmi_sim to answer on port {Port}");

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit(10_000);
        _process.Dispose();
        _serial.Dispose();
        _folder.Dispose();
    }
}
