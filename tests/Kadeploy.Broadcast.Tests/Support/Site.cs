using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Kadeploy.Api;
using Kadeploy.Api.Broadcasts;
using Kadeploy.TestSupport;

namespace Kadeploy.Broadcast.Tests.Support;

/// <summary>A controller and hosts whose agents run, all of them real processes, in one folder.</summary>
internal sealed class Site : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kadeploy-site-").FullName;
    private readonly Dictionary<string, RunningProgram> _agents = [];
    // Its own: nobody else takes a port before the controller has it, or while that is started again.
    private readonly IPAddress _address = OwnAddress.Next();
    private readonly int[] _ports;
    private RunningProgram? _controller;

    private Site() => _ports = FreePorts(_address, 4);

    public string Images => $"{_folder}/images";

    public string ControllerLog => _controller!.Output;

    public static async Task<Site> StartAsync(int hosts, string yaml = "")
    {
        var site = new Site();
        Directory.CreateDirectory(site.Images);
        Directory.CreateDirectory($"{site._folder}/etc");
        await File.WriteAllTextAsync(
            $"{site._folder}/etc/kadeployd.yaml",
            $$"""
            address: {{site._address}}
            stateDirectory: {{site._folder}}/state
            images: {allowedDirectories: ["{{site.Images}}"]}
            listen: {api: "{{site._address}}:{{site._ports[0]}}", agents: "{{site._address}}:{{site._ports[1]}}", boot: "{{site._address}}:{{site._ports[2]}}", chain: "{{site._address}}:{{site._ports[3]}}"}
            {{yaml}}
            """);
        try
        {
            await site.StartControllerAsync();
            for (var i = 1; i <= hosts; i++)
            {
                await site.AddNodeAsync(i);
                site.StartAgent($"node-{i}");
            }
            await site.ConnectedAsync(hosts);
            return site;
        }
        catch
        {
            await site.DisposeAsync();
            throw;
        }
    }

    /// <summary>A file of random bytes outside the allowed folders.</summary>
    public string MakeFile(int bytes, string name = "source")
    {
        var content = new byte[bytes];
        new Random(bytes).NextBytes(content);
        var path = $"{_folder}/{name}";
        File.WriteAllBytes(path, content);
        return path;
    }

    public string FolderOf(string node) => $"{_folder}/hosts/{node}";

    public RunningProgram AgentOf(string node) => _agents[node];

    public async Task AddNodeAsync(int number)
    {
        await OkAsync("node", "add", "--name", $"node-{number}", "--mac", $"02:00:00:00:00:{number:x2}", "--address", "127.0.0.1");
        Directory.CreateDirectory(FolderOf($"node-{number}"));
        await File.WriteAllTextAsync($"{_folder}/node-{number}.token", await OkAsync("node", "token", $"node-{number}"));
    }

    public void StartAgent(string node) => _agents[node] = RunningProgram.Start(
        "kadeploy-agent", new Dictionary<string, string>(), "run", "--controller", $"{_address}:{_ports[1]}", "--pin", File.ReadAllText($"{_folder}/state/controller.pin").Trim(), "--token-file", $"{_folder}/{node}.token",
        "--directory", FolderOf(node), "--state", $"{_folder}/agents/{node}", "--chain-port", "0");

    public async Task ConnectedAsync(int count)
    {
        var seen = "";
        for (var left = 600; Count(seen) != count; left--)
        {
            Assert.True(left > 0, $"waited in vain for {count} agents:\n{seen}\n{ControllerLog}");
            await Task.Delay(100);
            seen = await OkAsync("node", "list");
        }

        static int Count(string table) => table.Split('\n').Count(line => line.EndsWith("on host", StringComparison.Ordinal));
    }

    public void KillController() => _controller!.Kill();

    public async Task StartControllerAsync()
    {
        _controller = RunningProgram.Start("kadeployd", new Dictionary<string, string>(), "--config", $"{_folder}/etc");
        for (var left = 900; ; left--)
        {
            using var probe = new Socket(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await probe.ConnectAsync(_address, _ports[0]);
                return;
            }
            catch (SocketException)
            {
                Assert.True(left > 0, $"kadeployd does not listen:\n{ControllerLog}");
                await Task.Delay(100);
            }
        }
    }

    public RunningProgram Cli(params string[] arguments) => RunningProgram.Start(
        "kadeploy",
        new Dictionary<string, string> { ["KADEPLOY_SERVER"] = $"https://{_address}:{_ports[0]}", ["KADEPLOY_TOKEN_FILE"] = $"{_folder}/state/admin.token" },
        arguments);

    public async Task<(int Code, string Output)> RunAsync(params string[] arguments)
    {
        using var cli = Cli(arguments);
        return await cli.EndAsync();
    }

    public async Task<string> OkAsync(params string[] arguments)
    {
        var (code, output) = await RunAsync(arguments);
        Assert.True(code == 0, $"kadeploy {string.Join(' ', arguments)}: exit code {code}\n{output}\n{ControllerLog}");
        return output;
    }

    /// <summary>The exit code of a broadcast with --json, and what it printed.</summary>
    public async Task<(int Code, BroadcastInfo Info)> BroadcastAsync(params string[] arguments)
    {
        var (code, output) = await RunAsync(["broadcast", .. arguments, "--json"]);
        try
        {
            return (code, JsonSerializer.Deserialize(output, ApiJson.Default.BroadcastInfo)!);
        }
        catch (JsonException)
        {
            Assert.Fail($"exit code {code}, no broadcast: {output}\n{ControllerLog}");
            throw;
        }
    }

    public string Evidence() => ControllerLog + string.Concat(_agents.Select(a => $"\n--- {a.Key}\n{a.Value.Output}"));

    public ValueTask DisposeAsync()
    {
        foreach (var agent in _agents.Values)
            agent.Dispose();
        _controller?.Dispose();
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private static int[] FreePorts(IPAddress address, int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(address, 0)).ToList();
        listeners.ForEach(l => l.Start());
        int[] ports = [.. listeners.Select(l => ((IPEndPoint)l.LocalEndpoint).Port)];
        listeners.ForEach(l => l.Stop());
        return ports;
    }
}
