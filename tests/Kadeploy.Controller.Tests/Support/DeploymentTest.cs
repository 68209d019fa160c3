using System.Net;
using Kadeploy.Api.Deployments;

namespace Kadeploy.Controller.Tests.Support;

/// <summary>A controller with machines that can be deployed onto.</summary>
public abstract class DeploymentTest : IAsyncLifetime
{
    // Long enough for a redial on a machine that is busy with other tests.
    private const int Grace = 60;

    private protected List<FakeMachine> Machines { get; } = [];

    private protected TestController Controller { get; private set; } = null!;

    public async Task InitializeAsync() => Controller = await TestController.StartAsync(Settings(Grace));

    public async Task DisposeAsync()
    {
        foreach (var machine in Machines)
            await machine.DisposeAsync();
        await Controller.DisposeAsync();
    }

    private protected async Task RestartAsync(string yaml = "", int grace = Grace) => Controller = await Controller.RestartAsync(Settings(grace) + yaml);

    private protected async Task<FakeMachine> AddMachineAsync(int number, bool bmc = true)
    {
        var mac = $"52:54:00:00:00:{number:x2}";
        await Controller.AddNodeAsync($"node-{number}", mac, bmc);
        var machine = new FakeMachine(() => Controller, mac);
        Machines.Add(machine);
        Controller.Power.Machines[$"node-{number}"] = machine;
        return machine;
    }

    private protected Task<string> StartAsync(string nodes, BootMethod? boot = null) => StartOfAsync("tiny", nodes, boot);

    private protected async Task<string> StartOfAsync(string environment, string nodes, BootMethod? boot = null)
    {
        var (status, id, problem) = await Controller.DeployAsync(new StartDeployment(environment, nodes, Boot: boot));
        Assert.True(status == HttpStatusCode.Accepted, problem?.Detail);
        return id!;
    }

    // Nobody is cut off for being slow: three heartbeats are three minutes.
    private static string Settings(int grace) => $"agentHeartbeat: 60\nagentGrace: {grace}\n";
}
