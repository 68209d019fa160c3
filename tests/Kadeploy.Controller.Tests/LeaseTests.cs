using Dapper;
using Kadeploy.Api.Deployments;
using Kadeploy.Controller.Power;
using Kadeploy.Controller.Storage;
using Kadeploy.Controller.Tests.Support;

namespace Kadeploy.Controller.Tests;

/// <summary>A node belongs to at most one operation, and the database says to which.</summary>
public sealed class LeaseTests : DeploymentTest
{
    [Fact]
    public async Task A_node_is_leased_from_the_acceptance_to_its_verdict_across_a_restart_and_never_twice()
    {
        await Controller.AddEnvironmentAsync();
        var slow = await AddMachineAsync(1);
        // Its firmware takes longer than the restart.
        Controller.Power.Machines.TryRemove("node-1", out _);
        await AddMachineAsync(2);
        var hold = new TaskCompletionSource();
        Controller.Power.Before = (node, command) => node == "node-2" && command == PowerCommand.Reset ? hold.Task : Task.CompletedTask;
        var id = await StartAsync("node-[1-2]");
        Assert.Equal(["node-1", "node-2"], Leases().Where(l => l.Value.Deployment == id).Select(l => l.Key).Order());
        var before = Leases()["node-1"].RenewedAt;

        // What a crash of another kind could have left behind: of an operation that is over, or never was.
        await Controller.Service<Database>().WriteAsync(c => c.Execute(
            "INSERT INTO deployments(id, ended) VALUES ('D-old', 1); INSERT INTO leases VALUES ('node-9', 'D-old', '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z')"));
        await RestartAsync("stopGrace: 1s\n");
        Assert.DoesNotContain("node-9", Leases().Keys);
        Assert.True(Leases()["node-2"].RenewedAt > before);
        await Assert.ThrowsAsync<Microsoft.Data.Sqlite.SqliteException>(() => Controller.Service<Database>().WriteAsync(c => c.Execute(
            "INSERT INTO leases VALUES ('node-2', 'D-old', '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z')")));

        slow.PowerCycle();
        hold.SetResult();
        var end = await Controller.EndOfAsync(id);
        Assert.All(end.NodeStates, n => Assert.True(n.Verdict == NodeVerdict.Deployed, n.Failure?.Detail));
        Assert.Empty(Leases());
    }

    private IReadOnlyDictionary<string, (string Deployment, DateTimeOffset RenewedAt)> Leases() => Controller.Service<LeaseStore>().All();
}
