using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text;
using Kadeploy.Api;
using Kadeploy.Api.Nodes;
using Kadeploy.Controller.Tests.Support;

namespace Kadeploy.Controller.Tests.Power;

/// <summary>The console through a real BMC: OpenIPMI's ipmi_sim with serial over LAN, ipmitool on our side.</summary>
public sealed class ConsoleTests : IAsyncLifetime, IDisposable
{
    private readonly IpmiSimulator _bmc = new();
    private TestController _controller = null!;

    public async Task InitializeAsync()
    {
        _controller = await TestController.StartAsync(realPower: true);
        await _bmc.ReadyAsync();
        await AddAsync("node-1", new BmcCredentials("ipmi", $"{_bmc.Address}", _bmc.Port, IpmiSimulator.User, IpmiSimulator.Password), 1);
    }

    public async Task DisposeAsync() => await _controller.DisposeAsync();

    public void Dispose() => _bmc.Dispose();

    [Fact]
    public async Task Console_BytesGoBothWays_AndItCanBeOpenedAgain()
    {
        await using var serial = await _bmc.SerialAsync();
        foreach (var word in new[] { "first", "second" })
        {
            using var socket = await OpenAsync();
            var said = HearAsync(socket, $"login {word}");
            // What is said while the session is made is lost, as on a real line.
            await AgainUntilAsync(said, () => serial.WriteAsync(Encoding.ASCII.GetBytes($"login {word}: ")).AsTask(), "the console to show what the machine says");
            // A person who sees no echo types again.
            var heard = ListenAsync(serial, $"{word}\r");
            await AgainUntilAsync(
                heard,
                () => socket.SendAsync(Encoding.ASCII.GetBytes($"{word}\r"), WebSocketMessageType.Binary, true, default),
                "the machine to hear what was typed");
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, default);
            while ((await socket.ReceiveAsync(new byte[4096].AsMemory(), default).AsTask().DoneAsync("the end of the session")).MessageType != WebSocketMessageType.Close)
            {
            }
        }
        // Its line is written when all is over, which is after the last word to us.
        await Eventually.TrueAsync(
            async () => (await _controller.GetAsync("/v1/audit?action=console", ApiJson.Default.AuditList)).Entries.Count == 2, "a line of the audit log for each session");
    }

    [Fact]
    public async Task Console_WhatIsInTheWay_IsSaidBeforeTheUpgrade()
    {
        await AddAsync("node-2", null, 2);
        using var bob = _controller.ClientOf((await _controller.CreateTokenAsync("bob")).Token);

        Assert.Equal("upgrade-needed", await ReasonAsync(_controller.Api, "node-1"));
        Assert.Equal("no-console", await ReasonAsync(_controller.Api, "node-2"));
        Assert.Equal("unknown-node", await ReasonAsync(_controller.Api, "node-3"));
        Assert.Equal("no-right", await ReasonAsync(bob, "node-1"));
    }

    private static async Task<string> ReasonAsync(HttpClient client, string node)
    {
        using var answer = await client.GetAsync(new Uri($"/v1/nodes/{node}/console", UriKind.Relative));
        return (await answer.Content.ReadFromJsonAsync(ApiJson.Default.Problem))!.Reason;
    }

    /// <summary>Does something again and again until what it is to bring about has come about.</summary>
    private static async Task AgainUntilAsync(Task done, Func<Task> act, string what)
    {
        var limit = Task.Delay(TimeSpan.FromSeconds(60));
        while (!done.IsCompleted)
        {
            Assert.False(limit.IsCompleted, $"waited 60 s in vain for: {what}");
            await act();
            await Task.WhenAny(done, Task.Delay(TimeSpan.FromMilliseconds(200)));
        }
        await done;
    }

    private static async Task ListenAsync(Stream serial, string text)
    {
        var (heard, buffer) = (new StringBuilder(), new byte[256]);
        while (!heard.ToString().Contains(text, StringComparison.Ordinal))
        {
            var count = await serial.ReadAsync(buffer);
            Assert.True(count > 0, $"the BMC hung up after: {heard}");
            heard.Append(Encoding.ASCII.GetString(buffer, 0, count));
        }
    }

    private static async Task HearAsync(WebSocket socket, string text)
    {
        var (heard, buffer) = (new StringBuilder(), new byte[4096]);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!heard.ToString().Contains(text, StringComparison.Ordinal))
        {
            var got = await socket.ReceiveAsync(buffer.AsMemory(), limit.Token);
            Assert.True(got.MessageType == WebSocketMessageType.Binary, $"closed ({socket.CloseStatusDescription}) after: {heard}");
            heard.Append(Encoding.ASCII.GetString(buffer, 0, got.Count));
        }
    }

    private async Task<ClientWebSocket> OpenAsync()
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", _controller.Api.DefaultRequestHeaders.Authorization!.ToString());
        socket.Options.RemoteCertificateValidationCallback = (_, certificate, _, _) =>
            certificate!.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256).Equals(_controller.Host.Certificate!.Fingerprint, StringComparison.OrdinalIgnoreCase);
        await socket.ConnectAsync(new Uri($"wss://{_controller.Address}:{_controller.Host.Addresses.Api}/v1/nodes/node-1/console"), default);
        return socket;
    }

    private async Task AddAsync(string name, BmcCredentials? bmc, int number)
    {
        var node = new AddNode(name, [$"52:54:00:00:00:0{number}"], "127.0.0.1", Bmc: bmc);
        Assert.Equal(HttpStatusCode.Created, (await _controller.SendAsync(HttpMethod.Post, Routes.Nodes, JsonContent.Create(node, ApiJson.Default.AddNode), ApiJson.Default.NodeInfo)).Status);
    }
}
