using System.Diagnostics;
using Kadeploy.Controller.Tests.Support;

namespace Kadeploy.Controller.Tests;

/// <summary>The real program as a process of its own.</summary>
public sealed class ProgramTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_bad_key_ends_it_with_1_and_one_line_that_names_the_key()
    {
        _folder.Write("kadeployd.yaml", "address: 127.0.0.1\nautoEnroll: true\n");

        var (code, output, error) = await RunAsync("--config", _folder.Path);

        Assert.Equal((1, ""), (code, output));
        Assert.StartsWith($"kadeployd: {_folder.Path}/kadeployd.yaml:2: autoEnroll: unknown key", error, StringComparison.Ordinal);
        Assert.Single(error.Trim().Split('\n'));
    }

    [Fact]
    public async Task Check_reads_the_configuration_and_touches_nothing()
    {
        _folder.Write("kadeployd.yaml", $"address: 127.0.0.1\nstateDirectory: {_folder.Path}/state\n");

        var (code, output, error) = await RunAsync("--config", _folder.Path, "check");

        Assert.Equal((0, ""), (code, error));
        Assert.Contains("is good", output, StringComparison.Ordinal);
        Assert.False(Directory.Exists($"{_folder.Path}/state"));
    }

    [Fact]
    public async Task An_unknown_argument_shows_the_usage()
    {
        var (code, _, error) = await RunAsync("--frobnicate");
        Assert.Equal(2, code);
        Assert.Contains("usage: kadeployd", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_is_taken_ends_it_with_1_and_one_line()
    {
        var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        _folder.Write("kadeployd.yaml", Yaml($"\"127.0.0.1:{((System.Net.IPEndPoint)taken.LocalEndpoint).Port}\""));

        var (code, _, error) = await RunAsync("--config", _folder.Path);
        taken.Stop();

        Assert.Equal(1, code);
        Assert.Contains("address already in use", error, StringComparison.Ordinal);
        Assert.Single(error.Trim().Split('\n'), line => line.StartsWith("kadeployd: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Sigterm_is_a_planned_stop()
    {
        _folder.Write("kadeployd.yaml", Yaml("\"127.0.0.1:0\""));
        using var process = Start("--config", _folder.Path);
        await Eventually.TrueAsync(() => File.Exists($"{_folder.Path}/state/admin.token"), "the token file");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode($"{_folder.Path}/state/admin.token"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode($"{_folder.Path}/state/kadeployd.db"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode($"{_folder.Path}/state/ssh/id_ed25519"));
        await Eventually.TrueAsync(() => process.HasExited || Listens(process.Id), "it to listen");

        using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await process.WaitForExitAsync().DoneAsync("kadeployd's end");

        Assert.Equal(0, process.ExitCode);
    }

    [Fact]
    public async Task Sigterm_before_all_is_up_is_no_crash()
    {
        var nodes = Enumerable.Range(0, 3000).Select(i => $"  - {{name: n-{i}, macs: ['52:54:00:00:{i >> 8:x2}:{i & 255:x2}']}}");
        _folder.Write("nodes.yaml", $"nodes:\n{string.Join('\n', nodes)}\n");
        _folder.Write("kadeployd.yaml", Yaml("\"127.0.0.1:0\""));
        using var process = Start("--config", _folder.Path);
        // The nodes are registered after that, and before it listens.
        await Eventually.TrueAsync(() => File.Exists($"{_folder.Path}/state/admin.token"), "the token file");

        using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await process.WaitForExitAsync().DoneAsync("kadeployd's end");

        // 143: before anything of it took the signal.
        Assert.Contains(process.ExitCode, (int[])[0, 143]);
    }

    [Fact]
    public async Task A_second_one_on_the_same_state_directory_ends_with_1_and_names_the_first_which_may_be_killed_at_any_time()
    {
        _folder.Write("kadeployd.yaml", Yaml("\"127.0.0.1:0\""));
        using var first = Start("--config", _folder.Path);
        await Eventually.TrueAsync(() => File.Exists($"{_folder.Path}/state/admin.token"), "the token file");

        var (code, _, error) = await RunAsync("--config", _folder.Path);
        Assert.Equal(1, code);
        Assert.Contains($"another kadeployd (process {first.Id})", error, StringComparison.Ordinal);

        first.Kill();
        await first.WaitForExitAsync().DoneAsync("kadeployd's end");
        using var next = Start("--config", _folder.Path);
        await Eventually.TrueAsync(() => next.HasExited || Listens(next.Id), "it to listen");
        Assert.False(next.HasExited);
        next.Kill();
        await next.WaitForExitAsync().DoneAsync("kadeployd's end");
    }

    [Fact]
    public async Task Systemd_is_told_when_it_is_ready_and_when_it_stops()
    {
        var path = $"{_folder.Path}/notify";
        using var manager = new System.Net.Sockets.Socket(
            System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Dgram, System.Net.Sockets.ProtocolType.Unspecified);
        manager.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(path));
        manager.ReceiveTimeout = 90_000;
        _folder.Write("kadeployd.yaml", Yaml("\"127.0.0.1:0\""));
        using var process = Process.Start(new ProcessStartInfo("dotnet", [typeof(ControllerHost).Assembly.Location, "--config", _folder.Path])
        {
            Environment = { ["NOTIFY_SOCKET"] = path },
        })!;
        var buffer = new byte[1024];

        Assert.StartsWith("READY=1\n", System.Text.Encoding.UTF8.GetString(buffer, 0, manager.Receive(buffer)), StringComparison.Ordinal);
        Assert.True(Listens(process.Id));
        using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        Assert.StartsWith("STOPPING=1\n", System.Text.Encoding.UTF8.GetString(buffer, 0, manager.Receive(buffer)), StringComparison.Ordinal);
        await process.WaitForExitAsync().DoneAsync("kadeployd's end");
        Assert.Equal(0, process.ExitCode);
    }

    private string Yaml(string api) => $$"""
        address: 127.0.0.1
        stateDirectory: {{_folder.Path}}/state
        listen: {api: {{api}}, agents: "127.0.0.1:0", boot: "127.0.0.1:0", chain: "127.0.0.1:0"}
        """;

    // proc(5): a listening socket of its own among its descriptors is in state 0A of its network tables.
    private static bool Listens(int pid)
    {
        var sockets = Directory.EnumerateFileSystemEntries($"/proc/{pid}/fd")
            .Select(fd => new FileInfo(fd).LinkTarget ?? "").Where(l => l.StartsWith("socket:[", StringComparison.Ordinal)).Select(l => l[8..^1]).ToHashSet();
        return File.ReadLines($"/proc/{pid}/net/tcp").Skip(1).Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Count(f => f[3] == "0A" && sockets.Contains(f[9])) == 4;
    }

    private static Process Start(params string[] arguments) => Process.Start(
        new ProcessStartInfo("dotnet", [typeof(ControllerHost).Assembly.Location, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var process = Start(arguments);
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().DoneAsync("kadeployd's end");
        return (process.ExitCode, await output, await error);
    }
}
