using Kadeploy.Controller.Boot;
using Kadeploy.Controller.Storage;
using Kadeploy.Controller.Tests.Support;
using Kadeploy.Deployments.Nodes;
using Kadeploy.TestSupport;

namespace Kadeploy.Controller.Tests.Boot;

/// <summary>How long the word of an installed system counts.</summary>
public sealed class ReportTests : IDisposable
{
    private const string Boot = "0f2f1d3c-6a0e-4a57-9c1e-1d2c3b4a5f60";
    private readonly TemporaryFolder _folder = new();
    private readonly Database _database;
    private readonly ArmingStore _armings;
    private readonly ReportStore _reports;

    public ReportTests()
    {
        var time = new ManualTime();
        _database = new Database($"{_folder.Path}/test.db");
        var nodes = new NodeStore(_database, time);
        Assert.Null(nodes.Add(new Node("node-1", ["52:54:00:00:00:01"], "192.0.2.11", "default", null, DiskHint.Only), null));
        Assert.Null(nodes.Add(new Node("node-2", ["52:54:00:00:00:02"], "192.0.2.12", "default", null, DiskHint.Only), null));
        (_armings, _reports) = (new ArmingStore(_database, time), new ReportStore(_database, time));
    }

    public void Dispose()
    {
        _database.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Accept_NodeArmedForANewerDeployment_RefusedWithItsName()
    {
        var token = await _reports.MakeTokenAsync("node-1", "D-1");
        var others = await _reports.MakeTokenAsync("node-2", "D-1");
        Assert.IsType<ReportUse.Accepted>(await _reports.AcceptAsync(token, Boot));

        await _armings.ArmAsync(new Arming("node-1", "D-2", "a2"), installs: true);

        var no = Assert.IsType<ReportUse.Refused>(await _reports.AcceptAsync(token, Guid.NewGuid().ToString("D")));
        Assert.Equal(("node-1", "outdated-token"), (no.Node, no.Reason));
        Assert.Contains("D-1", no.Detail, StringComparison.Ordinal);
        Assert.Equal([Boot], _reports.BootIds("node-1", "D-1"));
        Assert.IsType<ReportUse.Accepted>(await _reports.AcceptAsync(others, Boot));
    }

    [Fact]
    public async Task Accept_NodeConfiguredByANewerDeploymentWithoutArming_Refused()
    {
        var token = await _reports.MakeTokenAsync("node-1", "D-1");
        var next = await _reports.MakeTokenAsync("node-1", "D-2");
        Assert.IsType<ReportUse.Refused>(await _reports.AcceptAsync(token, Boot));
        Assert.Equal(new ReportUse.Accepted(new BootReport("node-1", "D-2", Boot)), await _reports.AcceptAsync(next, Boot));
    }

    [Fact]
    public async Task Accept_NodeArmedByARebootOrBySameDeploymentAgain_StillTaken()
    {
        var first = await _reports.MakeTokenAsync("node-1", "D-1");
        // The controller was started anew and asked for another; the disk may have either.
        var second = await _reports.MakeTokenAsync("node-1", "D-1");
        await _armings.ArmAsync(new Arming("node-1", "D-1", "a1"), installs: true);
        await _armings.ArmAsync(new Arming("node-1", "R-1", "a2"));
        Assert.IsType<ReportUse.Accepted>(await _reports.AcceptAsync(first, Boot));
        Assert.IsType<ReportUse.Accepted>(await _reports.AcceptAsync(second, Boot));
    }

    [Fact]
    public async Task Accept_TokenOfNobody_Refused() =>
        Assert.Equal(new ReportUse.Refused("", "unknown-token", null), await _reports.AcceptAsync(new string('0', 64), Boot));
}
