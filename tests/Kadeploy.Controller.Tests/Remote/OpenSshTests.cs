using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Remote;
using Kadeploy.Controller.Storage;
using Kadeploy.Controller.Tests.Support;
using Kadeploy.Deployments.Nodes;
using Kadeploy.TestSupport;

namespace Kadeploy.Controller.Tests.Remote;

/// <summary>A real OpenSSH client against a real OpenSSH server on loopback.</summary>
public sealed class OpenSshTests : IAsyncLifetime, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly IPAddress _address = OwnAddress.Next();
    private readonly Node _node;
    private Process? _server;
    private HostKeyStore _hostKeys = null!;
    private OpenSsh _ssh = null!;
    private string _hostKey = "";

    public OpenSshTests() => _node = new("node-1", ["52:54:00:00:00:01"], $"{_address}", "default", null, DiskHint.Only);

    public async Task InitializeAsync()
    {
        var port = FreePort(_address);
        var configuration = ConfigurationFile.Parse("/etc/x", $$"""
            address: 127.0.0.1
            stateDirectory: {{_folder.Sub("state")}}
            ssh: {user: {{Environment.UserName}}, port: {{port}}, connectTimeout: 30}
            """);
        var key = await ControllerKey.LoadAsync(configuration, CancellationToken.None);
        var database = new Database($"{_folder.Path}/test.db");
        Assert.Null(new NodeStore(database, TimeProvider.System).Add(_node, null));
        _hostKeys = new HostKeyStore(database);
        _ssh = new OpenSsh(configuration, key, _hostKeys);
        _hostKey = await MakeHostKeyAsync("host_key");

        Directory.CreateDirectory("/run/sshd"); // sshd(8) insists on it
        var authorized = _folder.Write("authorized_keys", key.PublicKey + "\n");
        _server = Process.Start(new ProcessStartInfo("/usr/sbin/sshd", [
            "-D", "-e", "-f", "/dev/null", "-o", $"Port={port.ToString(CultureInfo.InvariantCulture)}", "-o", $"ListenAddress={_address}",
            "-o", $"HostKey={_folder.Path}/host_key", "-o", $"AuthorizedKeysFile={authorized}", "-o", "StrictModes=no", "-o", "PermitRootLogin=yes",
            "-o", $"PidFile={_folder.Path}/sshd.pid", "-o", "UsePAM=no", "-o", "PasswordAuthentication=no"])
        {
            RedirectStandardError = true,
        })!;
        _server.BeginErrorReadLine();
        await Eventually.TrueAsync(() => Answers(_address, port), "sshd to listen");
    }

    public Task DisposeAsync()
    {
        _server?.Kill(entireProcessTree: true);
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        _server?.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task BootId_RightHostKey_IsTheOneThatRuns()
    {
        await _hostKeys.ReplaceAsync("node-1", "D-1", new Dictionary<string, string> { ["ed25519"] = _hostKey });
        Assert.True(_ssh.Knows(_node));
        Assert.Equal((await File.ReadAllTextAsync("/proc/sys/kernel/random/boot_id")).Trim(), await _ssh.BootIdAsync(_node, CancellationToken.None));
    }

    [Fact]
    public async Task BootId_OtherHostKey_IsNotBelieved()
    {
        await _hostKeys.ReplaceAsync("node-1", "D-1", new Dictionary<string, string> { ["ed25519"] = await MakeHostKeyAsync("another_key") });
        Assert.Null(await _ssh.BootIdAsync(_node, CancellationToken.None));
    }

    [Fact]
    public async Task BootId_NothingListens_IsNull()
    {
        await _hostKeys.ReplaceAsync("node-1", "D-1", new Dictionary<string, string> { ["ed25519"] = _hostKey });
        Assert.Null(await _ssh.BootIdAsync(_node with { Address = $"{OwnAddress.Next()}" }, CancellationToken.None));
    }

    [Fact]
    public void Knows_NoHostKeyYet_False() => Assert.False(_ssh.Knows(_node));

    private async Task<string> MakeHostKeyAsync(string name)
    {
        using var make = Process.Start("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", $"{_folder.Path}/{name}"]);
        await make.WaitForExitAsync().DoneAsync("ssh-keygen");
        return (await File.ReadAllTextAsync($"{_folder.Path}/{name}.pub")).Trim();
    }

    private static bool Answers(IPAddress address, int port)
    {
        try
        {
            using var client = new TcpClient($"{address}", port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int FreePort(IPAddress address)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(address, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
