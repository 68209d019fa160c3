using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using Kadeploy.Api;
using Kadeploy.Api.Deployments;
using Kadeploy.Api.Nodes;
using Kadeploy.Api.Power;
using Kadeploy.Controller.Power;
using Kadeploy.Controller.Storage;
using Kadeploy.Controller.Tests.Support;

namespace Kadeploy.Controller.Tests.Power;

/// <summary>The real ipmitool against real RMCP+ BMCs, through the REST API.</summary>
public sealed class IpmiPowerTests : IAsyncLifetime, IDisposable
{
    private readonly IpmiSimulator _bmc = new();
    private TestController _controller = null!;

    public async Task InitializeAsync()
    {
        // Who is only slow is asked again.
        _controller = await StartAsync(retries: 10);
        await _bmc.ReadyAsync();
    }

    public async Task DisposeAsync() => await _controller.DisposeAsync();

    private static Task<TestController> StartAsync(int retries) => TestController.StartAsync($"ipmi: {{timeoutSeconds: 5, retries: {retries}}}", realPower: true);

    public void Dispose() => _bmc.Dispose();

    [Fact]
    public async Task Status_on_off_cycle_and_reset_reach_the_machine()
    {
        await AddAsync("node-1", _bmc.Port);

        Assert.Equal((true, "off"), await OneAsync(PowerAction.Status));
        Assert.Equal((true, "on"), await OneAsync(PowerAction.On));
        Assert.True(_bmc.PowerIsOn);
        Assert.Equal((true, "on"), await OneAsync(PowerAction.Status));
        Assert.Equal((true, "on"), await OneAsync(PowerAction.Reset));
        Assert.Contains("set reset 1", _bmc.Asked);
        Assert.Equal((true, "off"), await OneAsync(PowerAction.Off));
        Assert.False(_bmc.PowerIsOn);
        // What is off cannot be cycled: it is powered up.
        Assert.Equal((true, "on"), await OneAsync(PowerAction.Cycle));
        Assert.True(_bmc.PowerIsOn);
    }

    [Theory]
    [InlineData("pcbios")]
    [InlineData("efi")]
    public async Task Boot_device_is_set_for_the_next_boot(string platform)
    {
        await AddAsync("node-1", _bmc.Port);
        await _controller.Boot.GetStringAsync($"/node.ipxe?mac=52:54:00:00:00:01&platform={platform}");
        var node = _controller.Service<NodeStore>().Find("node-1")!.Node;
        var outcome = await _controller.Service<IPower>().RunAsync(node, PowerCommand.BootPxe, _controller.Service<Kadeploy.Controller.Nodes.FirmwareKinds>().IsUefi(node), CancellationToken.None);
        Assert.Null(outcome.Failure);
        Assert.Contains("set boot pxe", _bmc.Asked);
        Assert.Equal(platform == "efi", _controller.Service<Kadeploy.Controller.Nodes.FirmwareKinds>().IsUefi(node));
    }

    [Theory]
    [InlineData("admin", "wrong")]
    [InlineData("nobody", IpmiSimulator.Password)]
    public async Task A_refused_login_is_told_from_a_silent_bmc(string user, string password)
    {
        await AddAsync("node-1", _bmc.Port, user, password);
        var result = Assert.Single(await PowerAsync(PowerAction.Status, "node-1"));
        Assert.Equal((false, "bmc-auth"), (result.Verdict == NodeVerdict.Done, result.Failure!.Reason));
        Assert.Contains($"user '{user}'", result.Failure.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain(password, result.Failure.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bmc_too_busy_to_make_a_session_is_asked_again()
    {
        using var busy = new BusyBmc(_bmc.Address, _bmc.Port, refusals: 4);
        await AddAsync("node-1", busy.Port);
        Assert.Equal((true, "off"), await OneAsync(PowerAction.Status));
        Assert.Equal(4, busy.Dropped);
    }

    [Fact]
    public async Task A_bmc_that_never_makes_a_session_is_told_from_one_that_refuses_the_password()
    {
        await _controller.DisposeAsync();
        _controller = await StartAsync(retries: 1);
        using var busy = new BusyBmc(_bmc.Address, _bmc.Port, refusals: int.MaxValue);
        await AddAsync("node-1", busy.Port);
        var failure = Assert.Single(await PowerAsync(PowerAction.Status, "node-1")).Failure!;
        Assert.Equal("bmc-unreachable", failure.Reason);
        Assert.Contains("answers, but breaks off while a session is made", failure.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_silent_bmc_has_its_verdict_within_the_deadline_and_the_others_are_served()
    {
        await _controller.DisposeAsync();
        _controller = await StartAsync(retries: 1);
        await AddAsync("node-1", _bmc.Port);
        await AddAsync("node-2", IpmiSimulator.FreePort(_bmc.Address), mac: "52:54:00:00:00:02");
        await _controller.AddNodeAsync("node-3", "52:54:00:00:00:03", bmc: false);
        var started = Stopwatch.GetTimestamp();

        var results = await PowerAsync(PowerAction.Status, "node-[1-3]");

        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(80));
        Assert.Equal([true, false, false], results.Select(r => r.Verdict == NodeVerdict.Done));
        Assert.Equal("bmc-unreachable", results[1].Failure!.Reason);
        Assert.Contains("node-2", results[1].Failure!.Detail, StringComparison.Ordinal);
        Assert.Equal("no-bmc", results[2].Failure!.Reason);
    }

    [Fact]
    public async Task The_password_is_in_no_process_arguments_and_in_no_answer()
    {
        await _controller.DisposeAsync();
        _controller = await StartAsync(retries: 0);
        await AddAsync("node-1", IpmiSimulator.FreePort(_bmc.Address));
        var answer = PowerAsync(PowerAction.Status, "node-1");
        var seen = new HashSet<string>();
        while (!answer.IsCompleted)
        {
            foreach (var process in Directory.EnumerateDirectories("/proc").Where(d => char.IsAsciiDigit(Path.GetFileName(d)[0])))
                if (TryRead($"{process}/cmdline") is { } line && line.Contains("ipmitool", StringComparison.Ordinal))
                    seen.Add(line);
            await Task.Delay(20);
        }
        await answer;

        // The simulator's own readiness check of this test class uses -P, on its own port.
        var ours = seen.Where(line => line.Contains("ipmitool\0-v\0", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(ours);
        Assert.DoesNotContain(ours, line => line.Contains(IpmiSimulator.Password, StringComparison.Ordinal));
        Assert.DoesNotContain(IpmiSimulator.Password, await _controller.Api.GetStringAsync("/v1/nodes"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bmc_that_only_says_yes_is_found_out()
    {
        await AddAsync("node-1", _bmc.Port);
        _bmc.Stick();
        var result = Assert.Single(await PowerAsync(PowerAction.On, "node-1"));
        Assert.Equal((false, "power-unchanged"), (result.Verdict == NodeVerdict.Done, result.Failure!.Reason));
    }

    private static string? TryRead(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (IOException)
        {
            return null; // it has ended
        }
    }

    private async Task<(bool Ok, string? Power)> OneAsync(PowerAction action)
    {
        var result = Assert.Single(await PowerAsync(action, "node-1"));
        Assert.Null(result.Failure);
        return (result.Verdict == NodeVerdict.Done, result.Power);
    }

    private async Task<IReadOnlyList<NodeProgress>> PowerAsync(PowerAction action, string nodes)
    {
        var body = JsonContent.Create(new PowerRequest(nodes, action), ApiJson.Default.PowerRequest);
        var (status, started, problem) = await _controller.SendAsync(HttpMethod.Post, "/v1/power", body, ApiJson.Default.DeploymentStarted);
        Assert.True(status == HttpStatusCode.Accepted, problem?.Detail);
        return (await _controller.EndOfAsync(started!.Id)).NodeStates;
    }

    private async Task AddAsync(
        string name, int port, string user = IpmiSimulator.User, string password = IpmiSimulator.Password, string mac = "52:54:00:00:00:01")
    {
        var body = JsonContent.Create(new AddNode(name, [mac], Bmc: new BmcCredentials("ipmi", $"{_bmc.Address}", port, user, password)), ApiJson.Default.AddNode);
        var (status, _, problem) = await _controller.SendAsync(HttpMethod.Post, "/v1/nodes", body, ApiJson.Default.NodeInfo);
        Assert.True(status == HttpStatusCode.Created, problem?.Detail);
    }
}
