using System.Net;
using Kadeploy.Api.Deployments;
using Kadeploy.Controller.Tests.Support;

namespace Kadeploy.Controller.Tests;

/// <summary>Whole deployments: the real controller, engine, chain, boot server and agent protocol; machines and BMCs are the test's.</summary>
public sealed class DeploymentTests : IAsyncLifetime
{
    private const string Quick = "agentHeartbeat: 1\nagentGrace: 1\n";
    private readonly List<FakeMachine> _machines = [];
    private TestController _controller = null!;

    public async Task InitializeAsync() => _controller = await TestController.StartAsync(Quick);

    public async Task DisposeAsync()
    {
        foreach (var machine in _machines)
            await machine.DisposeAsync();
        await _controller.DisposeAsync();
    }

    [Fact]
    public async Task Three_nodes_are_deployed_by_reboot_and_every_proof_is_there()
    {
        var image = await _controller.AddEnvironmentAsync();
        for (var i = 1; i <= 3; i++)
            await AddMachineAsync(i);

        var id = await StartAsync("node-[1-3]");
        var end = await _controller.EndOfAsync(id);

        Assert.All(end.NodeStates, n => Assert.True(n.Verdict == NodeVerdict.Deployed, $"{n.Node}: {n.Failure?.Detail}"));
        Assert.Equal(new DeploymentCounts(3, 3, 0, 0), end.Summary);
        foreach (var (node, machine) in end.NodeStates.Zip(_machines))
        {
            Assert.Equal(image, machine.Disk);
            Assert.Equal(machine.InstalledBootId, node.Proof!.BootId);
            Assert.Equal(image.Length, node.Proof.BytesVerified);
            Assert.Equal("S1", node.Proof.DiskSerial);
            Assert.Equal(["SetDeploymentEnv", "BroadcastEnv", "BootNewEnv"], node.MacroSeconds!.Keys);
            // Once into the deployment environment, once into the installed system; armed once, it never installs itself again.
            Assert.Equal(2, machine.Boots);
        }
        var nodes = await _controller.GetAsync("/v1/nodes", Kadeploy.Api.ApiJson.Default.NodeList);
        Assert.All(nodes.Nodes, n => Assert.Equal((Kadeploy.Api.Nodes.NodeState.Deployed, id), (n.State, n.LastDeployment)));
    }

    private async Task<FakeMachine> AddMachineAsync(int number, bool bmc = true)
    {
        var mac = $"52:54:00:00:00:{number:x2}";
        await _controller.AddNodeAsync($"node-{number}", mac, bmc);
        var machine = new FakeMachine(() => _controller, mac);
        _machines.Add(machine);
        _controller.Power.Machines[$"node-{number}"] = machine;
        return machine;
    }

    private async Task<string> StartAsync(string nodes, BootMethod? boot = null)
    {
        var (status, id, problem) = await _controller.DeployAsync(new StartDeployment("tiny", nodes, Boot: boot));
        Assert.True(status == HttpStatusCode.Accepted, problem?.Detail);
        return id!;
    }
}
