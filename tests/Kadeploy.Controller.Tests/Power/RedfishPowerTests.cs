using System.Diagnostics;
using System.Net;
using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Power;
using Kadeploy.Controller.Tests.Support;
using Kadeploy.Deployments.Nodes;
using Kadeploy.FleetAgents.Bmc;
using Kadeploy.TestSupport;

namespace Kadeploy.Controller.Tests.Power;

/// <summary>The Redfish driver against a Redfish service over real HTTPS.</summary>
public sealed class RedfishPowerTests : IAsyncDisposable
{
    private FakeRedfish? _service;
    private RedfishClient? _client;

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        if (_service is not null)
            await _service.DisposeAsync();
    }

    [Fact]
    public async Task RunAsync_OnOffCycleResetStatus_ReachTheMachine()
    {
        var bmc = new FakeBmc((_, _) => { });

        Assert.False((await RunAsync(bmc, PowerCommand.Status)).On);
        Assert.True((await RunAsync(bmc, PowerCommand.On)).On);
        Assert.True((await RunAsync(bmc, PowerCommand.Reset)).On);
        Assert.True((await RunAsync(bmc, PowerCommand.Cycle)).On);
        Assert.Null((await RunAsync(bmc, PowerCommand.SoftOff)).Failure);
        bmc.On = true;
        Assert.False((await RunAsync(bmc, PowerCommand.Off)).On);
        // What is off cannot be cycled: it is powered up.
        Assert.True((await RunAsync(bmc, PowerCommand.Cycle)).On);
        Assert.Equal(["On", "ForceRestart", "PowerCycle", "GracefulShutdown", "ForceOff", "On"], bmc.Asked);
    }

    [Fact]
    public async Task RunAsync_NoCycleOffered_GoesOffAndOn()
    {
        var bmc = new FakeBmc((_, _) => { }) { On = true, ResetTypes = ["On", "ForceOff"] };

        Assert.True((await RunAsync(bmc, PowerCommand.Reset)).On);

        Assert.Equal(["ForceOff", "On"], bmc.Asked);
    }

    [Theory]
    [InlineData(false, "Legacy")]
    [InlineData(true, "UEFI")]
    public async Task RunAsync_BootPxe_OnceAndForTheRightFirmware(bool uefi, string mode)
    {
        var bmc = new FakeBmc((_, _) => { }) { WantsETag = true };

        Assert.Null((await RunAsync(bmc, PowerCommand.BootPxe, uefi)).Failure);

        Assert.Equal(("Pxe", mode), (bmc.BootOnce, bmc.BootMode));
    }

    [Fact]
    public async Task RunAsync_WrongPassword_IsToldAndThePasswordIsNot()
    {
        var failure = (await RunAsync(new FakeBmc((_, _) => { }) { Password = "another" }, PowerCommand.On)).Failure;

        Assert.Equal("bmc-auth", failure!.Reason);
        Assert.DoesNotContain("secret", failure.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_DeafBmc_IsUnreachableAfterItsTime()
    {
        var clock = Stopwatch.StartNew();

        var outcome = await RunAsync(new FakeBmc((_, _) => { }) { Deaf = true }, PowerCommand.Status, timeout: 2).DoneAsync("the end of its patience");

        Assert.Equal("bmc-unreachable", outcome.Failure!.Reason);
        Assert.True(clock.Elapsed > TimeSpan.FromSeconds(1), $"after {clock.Elapsed}");
    }

    [Fact]
    public async Task RunAsync_NothingListens_IsUnreachable()
    {
        await RunAsync(new FakeBmc((_, _) => { }), PowerCommand.Status);
        var nobody = Target("127.0.0.1", 9);

        var outcome = await new RedfishPower(_client!, TimeProvider.System).RunAsync(nobody, PowerCommand.On, false, CancellationToken.None);

        Assert.Equal("bmc-unreachable", outcome.Failure!.Reason);
    }

    [Fact]
    public async Task RunAsync_BmcThatOnlySaysYes_IsFoundOut()
    {
        var time = new ManualTime();
        var running = RunAsync(new FakeBmc((_, _) => { }) { Lies = true }, PowerCommand.On, time: time);
        await Eventually.TrueAsync(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(10));
                return running.IsCompleted;
            },
            "the end of its patience");
        Assert.Equal("power-unchanged", (await running).Failure!.Reason);
    }

    [Fact]
    public async Task RunAsync_BusyForAWhile_IsAskedAgain() =>
        Assert.Null((await RunAsync(new FakeBmc((_, _) => { }) { Busy = 1 }, PowerCommand.On)).Failure);

    [Fact]
    public async Task RunAsync_CertificateOfItsOwnMakingAndVerification_IsRefused()
    {
        var failure = (await RunAsync(new FakeBmc((_, _) => { }), PowerCommand.Status, verify: true)).Failure;

        Assert.Equal("bmc-certificate", failure!.Reason);
        Assert.Contains("redfish.verifyCertificates", failure.Detail, StringComparison.Ordinal);
    }

    private static PowerTarget Target(string host, int port) =>
        new(new Node("node-1", ["52:54:00:00:00:01"], "192.0.2.1", "default", new BmcAddress("redfish", host, port, "admin"), DiskHint.Only), "secret");

    private async Task<PowerOutcome> RunAsync(FakeBmc bmc, PowerCommand command, bool uefi = false, bool verify = false, int timeout = 60, TimeProvider? time = null)
    {
        _service ??= await FakeRedfish.StartAsync(a => a.Equals(IPAddress.Parse("127.0.7.1")) ? bmc : null);
        _client ??= new RedfishClient(new RedfishConfiguration(verify, TimeSpan.FromSeconds(timeout), 1), TimeProvider.System);
        return await new RedfishPower(_client, time ?? TimeProvider.System).RunAsync(Target("127.0.7.1", _service.Port), command, uefi, CancellationToken.None);
    }
}
