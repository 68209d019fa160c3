using System.Net;
using System.Net.Http.Json;
using Kadeploy.Api;
using Kadeploy.Api.Deployments;
using Kadeploy.Controller.Statistics;
using Kadeploy.Controller.Tests.Support;

namespace Kadeploy.Controller.Tests.Statistics;

public sealed class StatisticsTests : DeploymentTest
{
    [Fact]
    public async Task After_a_deployment_of_which_one_node_failed_every_count_says_so()
    {
        var id = await HalfAsync();

        var rows = await Controller.GetAsync(Routes.Statistics, ApiJson.Default.NodeStatisticsList);
        Assert.Equal([("node-1", NodeVerdict.Deployed), ("node-2", NodeVerdict.Failed)], rows.Rows.Select(r => (r.Node, r.Verdict)));
        Assert.All(rows.Rows, r => Assert.Equal((id, "tiny:1"), (r.Operation, r.Environment)));
        Assert.Equal(["SetDeploymentEnv", "BroadcastEnv", "BootNewEnv"], rows.Rows[0].MacroSeconds.Keys);
        Assert.NotNull(rows.Rows[1].Reason);

        var steps = await Controller.GetAsync($"{Routes.Statistics}/steps?operation={id}", ApiJson.Default.StepStatisticsList);
        Assert.Contains(steps.Rows, r => r is { Node: "node-1", MicroStep: "send_environment", Outcome: "done" });

        var failures = await Controller.GetAsync($"{Routes.Statistics}/failures", ApiJson.Default.NodeFailuresList);
        Assert.Equal([("node-2", 1, 1, 1.0), ("node-1", 1, 0, 0.0)], failures.Rows.Select(r => (r.Node, r.Operations, r.Failed, r.FailureRate)));

        var csv = await Controller.Api.GetStringAsync(new Uri($"{Routes.Statistics}?format=csv", UriKind.Relative));
        Assert.StartsWith("operation,kind,user,", csv, StringComparison.Ordinal);
        Assert.Contains($"{id},deployment,", csv, StringComparison.Ordinal);

        // Counted after the end, one after another.
        foreach (var line in new[]
        {
            "kadeploy_operations_total{kind=\"deployment\"} 1\n",
            "kadeploy_node_verdicts_total{kind=\"deployment\",verdict=\"failed\"} 1\n",
            "kadeploy_micro_step_duration_seconds_count{micro_step=\"send_environment\",outcome=\"done\"} 1\n",
            "kadeploy_nodes{state=\"deployed\"} 1\n",
        })
            await Eventually.TrueAsync(async () => (await Controller.Api.GetStringAsync(new Uri(Routes.Metrics, UriKind.Relative))).Contains(line, StringComparison.Ordinal), line);
    }

    [Fact]
    public async Task Others_see_their_own_and_a_wrong_format_is_refused()
    {
        await HalfAsync();
        using var bob = Controller.ClientOf((await Controller.CreateTokenAsync("bob")).Token);

        Assert.Empty((await bob.GetFromJsonAsync(new Uri(Routes.Statistics, UriKind.Relative), ApiJson.Default.NodeStatisticsList))!.Rows);

        using var refused = await Controller.Api.GetAsync(new Uri($"{Routes.Statistics}?format=xml", UriKind.Relative));
        Assert.Equal("format", (await refused.Content.ReadFromJsonAsync(ApiJson.Default.Problem))!.Field);
        using var nobody = Controller.ClientOf(null);
        using var metrics = await nobody.GetAsync(new Uri(Routes.Metrics, UriKind.Relative));
        Assert.Equal(HttpStatusCode.Unauthorized, metrics.StatusCode);
    }

    [Fact]
    public async Task A_retry_is_the_same_deployment_for_the_nodes_that_failed()
    {
        var id = await HalfAsync();
        Machines[1].Answer = _ => Task.FromResult<Protocol.V1.StepResult?>(null);
        // A newer version, which is not what was asked for.
        Assert.Equal(HttpStatusCode.Created, (await Controller.RegisterAsync($$"""
            name: tiny
            version: 2
            os: linux
            image: {file: "{{Controller.Folder.Path}}/images/tiny.img", kind: tar, compression: none}
            boot: {kernel: /vmlinuz, initrd: /initrd.img}
            filesystem: ext4
            """)).Status);

        var (status, started, problem) = await Controller.SendAsync(
            HttpMethod.Post, $"{Routes.Deployments}/{id}/retry", JsonContent.Create(new RetryDeployment(), ApiJson.Default.RetryDeployment), ApiJson.Default.DeploymentStarted);

        Assert.True(status == HttpStatusCode.Accepted, problem?.Detail);
        var end = await Controller.EndOfAsync(started!.Id);
        Assert.Equal(("node-2", "tiny:1", NodeVerdict.Deployed), (end.Nodes, end.Environment, end.NodeStates[0].Verdict));
        (_, _, problem) = await Controller.SendAsync(
            HttpMethod.Post, $"{Routes.Deployments}/{end.Id}/retry", JsonContent.Create(new RetryDeployment(), ApiJson.Default.RetryDeployment), ApiJson.Default.DeploymentStarted);
        Assert.Equal("nothing-failed", problem!.Reason);
    }

    [Fact]
    public void Family_MoreSeriesThanItHolds_CountsTheRestTogether()
    {
        var family = new Family("x_total", "Help.", ["reason"], []);
        for (var i = 0; i < 1000; i++)
            family.Add(1, $"r{i}");
        var text = new System.Text.StringBuilder();

        family.Write(text);

        Assert.Contains("x_total{reason=\"other\"} 800\n", text.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Csv_CellsThatNeedIt_AreQuoted() =>
        Assert.Equal("a,\"x,\"\"y\"\"\",1.5,\r\n", Csv.Line(["a", "x,\"y\"", 1.5, null]));

    /// <summary>node-1 is deployed, node-2 fails in the chain.</summary>
    private async Task<string> HalfAsync()
    {
        await Controller.AddEnvironmentAsync();
        await AddMachineAsync(1);
        (await AddMachineAsync(2)).Answer = step => Task.FromResult(step.StepCase == Protocol.V1.RunStep.StepOneofCase.Partition
            ? new Protocol.V1.StepResult { Failed = new Protocol.V1.Failed { Party = "disk", Reason = "ambiguous-disk", Detail = "two disks" } }
            : null);
        var id = await StartAsync("node-[1-2]");
        await Controller.EndOfAsync(id);
        return id;
    }
}
