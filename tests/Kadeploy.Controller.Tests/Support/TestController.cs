using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Grpc.Net.Client;
using Kadeploy.Api;
using Kadeploy.Api.Deployments;
using Kadeploy.Api.Nodes;
using Kadeploy.Api.Users;
using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Power;
using Kadeploy.Controller.Remote;
using Kadeploy.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace Kadeploy.Controller.Tests.Support;

/// <summary>A real kadeployd inside the test: real Kestrel on free loopback ports, real database; only power and SSH are the test's.</summary>
internal sealed class TestController : IAsyncDisposable
{
    private TestController(ControllerHost host, IPAddress address, TemporaryFolder folder, HttpClient api, HttpClient boot, FakePower power, FakeShell shell) =>
        (Host, Address, Folder, Api, Boot, Power, Shell) = (host, address, folder, api, boot, power, shell);

    public ControllerHost Host { get; }

    /// <summary>Where it listens: an address of loopback that is its own, so that its ports are still free when it is started again.</summary>
    public IPAddress Address { get; }

    public TemporaryFolder Folder { get; }

    /// <summary>REST, with the token.</summary>
    public HttpClient Api { get; }

    /// <summary>The boot listener, as firmware sees it.</summary>
    public HttpClient Boot { get; }

    public FakePower Power { get; }

    public FakeShell Shell { get; }

    public Uri AgentsAddress => new($"https://{Address}:{Host.Addresses.Agents}");

    /// <summary>A way to an agents' listener, as an agent has it.</summary>
    public static GrpcChannel Channel(Uri controller, PinnedKey key) => GrpcChannel.ForAddress(controller, new GrpcChannelOptions
    {
        HttpHandler = GrpcHttpHandler.Create(TimeSpan.FromSeconds(30), key),
        DisposeHttpClient = true,
    });

    public GrpcChannel Channel() => Channel(AgentsAddress, PinnedKey.Parse(Host.Pin)!);

    public T Service<T>() where T : notnull => Host.Services.GetRequiredService<T>();

    /// <param name="yaml">Further lines of kadeployd.yaml.</param>
    /// <param name="folder">Folder of a former controller that is started again.</param>
    /// <param name="former">Where a former controller listened; else free ports of an address of its own.</param>
    /// <param name="realPower">Talk to BMCs with ipmitool.</param>
    /// <param name="power">What BMCs do.</param>
    /// <param name="time">Its time; else the system's.</param>
    public static async Task<TestController> StartAsync(
        string yaml = "", TemporaryFolder? folder = null, (IPAddress Address, ListenAddresses Ports)? former = null, bool realPower = false, FakePower? power = null,
        TimeProvider? time = null)
    {
        var (address, ports) = (former?.Address ?? OwnAddress.Next(), former?.Ports);
        folder ??= new TemporaryFolder();
        folder.Write("boot/vmlinuz", new byte[100_000]);
        folder.Write("boot/initramfs", new byte[200_000]);
        folder.Sub("images");
        var configuration = ConfigurationFile.Parse(
            folder.Write("etc/kadeployd.yaml", ""),
            $$"""
            address: {{address}}
            stateDirectory: {{folder.Path}}/state
            bootDirectory: {{folder.Path}}/boot
            images: {allowedDirectories: ["{{folder.Path}}/images"]}
            listen: {api: "{{address}}:{{ports?.Api ?? 0}}", agents: "{{address}}:{{ports?.Agents ?? 0}}", boot: "{{address}}:{{ports?.Boot ?? 0}}", chain: "{{address}}:{{ports?.Chain ?? 0}}"}
            {{yaml}}
            """);
        power ??= new FakePower();
        var shell = new FakeShell();
        var host = await ControllerHost.CreateAsync(configuration, CancellationToken.None, services =>
        {
            services.AddSingleton<IRemoteShell>(shell);
            if (time is not null)
                services.AddSingleton(time);
            if (!realPower)
                services.AddSingleton<IPower>(power);
        });
        await host.StartAsync();
        var token = (await File.ReadAllTextAsync($"{folder.Path}/state/admin.token")).Trim();
        var api = Client(host, address);
        api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        var boot = new HttpClient { BaseAddress = new Uri($"http://{address}:{host.Addresses.Boot}") };
        return new TestController(host, address, folder, api, boot, power, shell);
    }

    /// <summary>Stops it and starts another on the same folder and ports.</summary>
    public async Task<TestController> RestartAsync(string yaml = "")
    {
        var former = (Address, Host.Addresses);
        await CloseAsync();
        return await StartAsync(yaml, Folder, former, power: Power);
    }

    /// <summary>REST as somebody else; nobody at all without a token.</summary>
    public HttpClient ClientOf(string? token)
    {
        var client = Client(Host, Address);
        if (token is not null)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    public async Task<TokenCreated> CreateTokenAsync(string user, DateTimeOffset? expiresAt = null)
    {
        var body = JsonContent.Create(new CreateToken(user, ExpiresAt: expiresAt), ApiJson.Default.CreateToken);
        var (status, answer, problem) = await SendAsync(HttpMethod.Post, Routes.Tokens, body, ApiJson.Default.TokenCreated);
        Assert.True(status == HttpStatusCode.Created, problem?.Detail);
        return answer!;
    }

    public async Task<(HttpStatusCode Status, T? Answer, Problem? Problem)> SendAsync<T>(
        HttpMethod method, string path, JsonContent? body, JsonTypeInfo<T> type) where T : class
    {
        using var request = new HttpRequestMessage(method, path) { Content = body };
        using var response = await Api.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        if (response.IsSuccessStatusCode)
            return (response.StatusCode, text.Length == 0 ? null : JsonSerializer.Deserialize(text, type), null);
        Assert.Equal(Problem.MediaType, response.Content.Headers.ContentType?.MediaType);
        return (response.StatusCode, null, JsonSerializer.Deserialize(text, ApiJson.Default.Problem));
    }

    public async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type) where T : class
    {
        var (status, answer, problem) = await SendAsync(HttpMethod.Get, path, null, type);
        Assert.True(status == HttpStatusCode.OK, problem?.Detail);
        return answer!;
    }

    public async Task<NodeInfo> AddNodeAsync(string name, string mac, bool bmc = true)
    {
        var body = JsonContent.Create(
            new AddNode(name, [mac], "127.0.0.1", Bmc: bmc ? new BmcCredentials("ipmi", "127.0.0.1", 9, "admin", "secret") : null), ApiJson.Default.AddNode);
        var (status, answer, problem) = await SendAsync(HttpMethod.Post, Routes.Nodes, body, ApiJson.Default.NodeInfo);
        Assert.True(status == HttpStatusCode.Created, problem?.Detail);
        return answer!;
    }

    /// <summary>Registers an environment <c>tiny</c> with an image of random bytes, and returns those.</summary>
    public async Task<byte[]> AddEnvironmentAsync(string kind = "tar", int bytes = 3_000_000, string visibility = "private")
    {
        var image = new byte[bytes];
        new Random(7).NextBytes(image);
        Folder.Write("images/tiny.img", image);
        var (status, problem) = await RegisterAsync($$"""
            name: tiny
            os: linux
            image: {file: "{{Folder.Path}}/images/tiny.img", kind: {{kind}}, compression: none}
            boot: {kernel: /vmlinuz, initrd: /initrd.img}
            filesystem: ext4
            visibility: {{visibility}}
            """);
        Assert.True(status == HttpStatusCode.Created, problem?.Detail);
        return image;
    }

    public async Task<(HttpStatusCode Status, Problem? Problem)> RegisterAsync(string description)
    {
        var body = JsonContent.Create(new Kadeploy.Api.Environments.AddEnvironment(description), ApiJson.Default.AddEnvironment);
        var (status, _, problem) = await SendAsync(HttpMethod.Post, Routes.Environments, body, ApiJson.Default.EnvironmentInfo);
        return (status, problem);
    }

    public async Task<(HttpStatusCode Status, string? Id, Problem? Problem)> DeployAsync(StartDeployment request)
    {
        var (status, answer, problem) = await SendAsync(
            HttpMethod.Post, Routes.Deployments, JsonContent.Create(request, ApiJson.Default.StartDeployment), ApiJson.Default.DeploymentStarted);
        return (status, answer?.Id, problem);
    }

    public Task<DeploymentInfo> DeploymentAsync(string id) => GetAsync($"{Routes.Deployments}/{id}", ApiJson.Default.DeploymentInfo);

    public async Task<DeploymentInfo> EndOfAsync(string id)
    {
        DeploymentInfo? last = null;
        await Eventually.TrueAsync(async () => (last = await DeploymentAsync(id)).State != DeploymentState.Running, $"the end of deployment {id}");
        return last!;
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        Folder.Dispose();
    }

    private static HttpClient Client(ControllerHost host, IPAddress address)
    {
        // The answer to "Expect" is waited for, however late it is.
        var handler = new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromSeconds(60) };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) =>
            certificate!.GetCertHashString(HashAlgorithmName.SHA256).Equals(host.Certificate!.Fingerprint, StringComparison.OrdinalIgnoreCase);
        return new HttpClient(handler) { BaseAddress = new Uri($"{(host.Certificate is null ? "http" : "https")}://{address}:{host.Addresses.Api}") };
    }

    private async Task CloseAsync()
    {
        Api.Dispose();
        Boot.Dispose();
        await Host.StopAsync();
        await Host.DisposeAsync();
    }
}
