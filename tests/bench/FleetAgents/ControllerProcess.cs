using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Grpc.Net.Client;
using Kadeploy.Api;
using Kadeploy.Api.Deployments;
using Kadeploy.Api.Environments;
using Kadeploy.Api.Nodes;

namespace Kadeploy.FleetAgents;

/// <summary>A real kadeployd process on loopback, with its configuration, its state and its log in one folder.</summary>
internal sealed class ControllerProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _program;
    private readonly string _folder;
    private readonly int _firstPort;
    private readonly StreamWriter _log;
    private Process? _process;

    /// <param name="program">kadeployd.</param>
    /// <param name="folder">Made, if it is not there.</param>
    /// <param name="firstPort">It and the three behind it are listened on.</param>
    /// <param name="limits">Deadlines.</param>
    /// <param name="yaml">Further lines of kadeployd.yaml.</param>
    public ControllerProcess(string program, string folder, int firstPort, Limits limits, string yaml = "")
    {
        (_program, _folder, _firstPort) = (program, folder, firstPort);
        Directory.CreateDirectory($"{folder}/etc");
        Directory.CreateDirectory($"{folder}/boot");
        Directory.CreateDirectory($"{folder}/images");
        // Fetched for real, and tiny: thousands of machines are on one disk here.
        foreach (var file in new[] { "vmlinuz", "initramfs", "localboot.efi" })
            File.WriteAllBytes($"{folder}/boot/{file}", new byte[1000]);
        File.WriteAllText($"{folder}/images/fleet.img", "an image that is never sent");
        File.WriteAllText($"{folder}/etc/kadeployd.yaml", string.Create(CultureInfo.InvariantCulture, $$"""
            address: 127.0.0.1
            stateDirectory: {{folder}}/state
            bootDirectory: {{folder}}/boot
            images: {allowedDirectories: ["{{folder}}/images"]}
            listen: {api: "127.0.0.1:{{firstPort}}", agents: "127.0.0.1:{{firstPort + 1}}", boot: "127.0.0.1:{{firstPort + 2}}", chain: "127.0.0.1:{{firstPort + 3}}"}
            agentGrace: {{limits.AgentGrace.TotalSeconds:0}}
            redfish: {verifyCertificates: false, timeoutSeconds: {{limits.BmcTimeout.TotalSeconds:0}}, retries: 0}
            clusters:
              default:
                timeouts: {wait_reboot: {{limits.WaitReboot.TotalSeconds:0}} }
                rebootPatience: {{Math.Ceiling(limits.RebootPatience.TotalSeconds):0}}
            {{yaml}}

            """));
        _log = new StreamWriter($"{folder}/kadeployd.log", append: true) { AutoFlush = true };
        var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) =>
            certificate is not null && Convert.ToHexStringLower(SHA256.HashData(certificate.GetRawCertData())) == File.ReadAllText(FingerprintFile).Trim();
        Http = new HttpClient(handler) { BaseAddress = new Uri($"https://127.0.0.1:{firstPort}"), Timeout = TimeSpan.FromMinutes(5) };
    }

    /// <summary>One that runs, in place of what the run before left in its folder.</summary>
    public static async Task<ControllerProcess> StartNewAsync(FleetOptions options, Limits limits)
    {
        if (Directory.Exists(options.Folder))
            Directory.Delete(options.Folder, recursive: true);
        var it = new ControllerProcess(options.Kadeployd, options.Folder, options.FirstPort, limits, options.Yaml);
        try
        {
            await it.StartAsync();
            return it;
        }
        catch
        {
            await it.DisposeAsync();
            throw;
        }
    }

    public HttpClient Http { get; }

    public Uri Api => Http.BaseAddress!;

    public Uri Agents => new($"https://127.0.0.1:{_firstPort + 1}");

    public Uri Boot => new($"http://127.0.0.1:{_firstPort + 2}");

    /// <summary>Once it has been started.</summary>
    public PinnedKey Key => PinnedKey.Parse(File.ReadAllText($"{_folder}/state/controller.pin").Trim())!;

    public string TokenFile => $"{_folder}/state/admin.token";

    /// <summary>Of the certificate that the REST API shows; kept beside the token.</summary>
    private string FingerprintFile => $"{_folder}/state/api.fingerprint";

    public string DatabaseFile => $"{_folder}/state/kadeployd.db";

    public Process Process => _process ?? throw new InvalidOperationException("kadeployd was not started");

    /// <summary>Added to its environment.</summary>
    public Dictionary<string, string> Variables { get; } = [];

    /// <summary>Starts it, and waits until it answers or has ended.</summary>
    /// <param name="exitAtWrite">Has it end at once after so many writes of its journal; 0: never.</param>
    public async Task StartAsync(int exitAtWrite = 0)
    {
        var start = new ProcessStartInfo(_program, ["--config", $"{_folder}/etc"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in Variables)
            start.Environment[name] = value;
        if (exitAtWrite > 0)
            start.Environment["KADEPLOYD_EXIT_AT_WRITE"] = exitAtWrite.ToString(CultureInfo.InvariantCulture);
        _process = Process.Start(start)!;
        _process.OutputDataReceived += Keep;
        _process.ErrorDataReceived += Keep;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        for (var clock = Stopwatch.StartNew(); ; await Task.Delay(50))
        {
            if (_process.HasExited && exitAtWrite > 0)
                return;
            if (_process.HasExited)
                throw new InvalidOperationException($"kadeployd ended with {_process.ExitCode}; see {_folder}/kadeployd.log");
            if (clock.Elapsed > Patience)
                throw new InvalidOperationException($"kadeployd does not answer within {Patience.TotalSeconds} s; see {_folder}/kadeployd.log");
            try
            {
                if (!File.Exists(TokenFile))
                    continue;
                Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (await File.ReadAllTextAsync(TokenFile)).Trim());
                using var answer = await Http.GetAsync(new Uri("/v1/nodes?set=none", UriKind.Relative));
                return;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }
        }
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        Process.Kill();
        await Process.WaitForExitAsync();
    }

    /// <summary>Registers the image that is never sent; its digest.</summary>
    public async Task<string> AddEnvironmentAsync() => (await SendAsync(
        Routes.Environments,
        JsonContent.Create(
            new AddEnvironment($$"""
                name: fleet
                os: linux
                image: {file: "{{_folder}}/images/fleet.img", kind: tar, compression: none}
                boot: {kernel: /vmlinuz, initrd: /initrd.img}
                filesystem: ext4
                """),
            ApiJson.Default.AddEnvironment),
        ApiJson.Default.EnvironmentInfo)).Image.Sha256;

    public Task AddNodeAsync(FleetNode node, int redfishPort) => SendAsync(
        Routes.Nodes,
        JsonContent.Create(
            new AddNode(node.Name, [node.Mac], node.Address.ToString(), Bmc: new BmcCredentials("redfish", node.BmcAddress.ToString(), redfishPort, node.Bmc.User, node.Bmc.Password)),
            ApiJson.Default.AddNode),
        ApiJson.Default.NodeInfo);

    /// <summary>The token by which an agent on the installed node is known.</summary>
    public async Task<string> MakeNodeTokenAsync(string node) => (await SendAsync($"{Routes.Nodes}/{node}/token", null, ApiJson.Default.NodeToken)).Token;

    public async Task<string> DeployAsync(string nodes) => (await SendAsync(
        Routes.Deployments, JsonContent.Create(new StartDeployment("fleet", nodes), ApiJson.Default.StartDeployment), ApiJson.Default.DeploymentStarted)).Id;

    /// <summary>How it stands; null while kadeployd does not answer.</summary>
    public async Task<DeploymentInfo?> FindAsync(string id)
    {
        try
        {
            return await Http.GetFromJsonAsync($"{Routes.Deployments}/{id}", ApiJson.Default.DeploymentInfo);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
            await KillAsync();
        _process?.Dispose();
        Http.Dispose();
        await _log.DisposeAsync();
    }

    private async Task<T> SendAsync<T>(string path, JsonContent? body, JsonTypeInfo<T> type)
    {
        using var answer = await Http.PostAsync(new Uri(path, UriKind.Relative), body);
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode ? JsonSerializer.Deserialize(text, type)! : throw new InvalidOperationException($"{path}: {(int)answer.StatusCode} {text}");
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (_log)
        {
            if (line.Data is not null && _log.BaseStream.CanWrite)
                _log.WriteLine(line.Data);
        }
    }
}
