using Dapper;
using Kadeploy.Api;
using Kadeploy.Api.Statistics;
using Kadeploy.Controller.Statistics;
using Kadeploy.Controller.Storage;
using Kadeploy.Controller.Tests.Support;
using Kadeploy.Deployments.Engine;

namespace Kadeploy.Controller.Tests.Statistics;

/// <summary>Statistics of many operations: worked out once, never again from a journal.</summary>
public sealed class HistoryTests : DeploymentTest
{
    private const int Operations = 60;
    private const int Nodes = 200;

    private Database Database => Controller.Service<Database>();

    [Fact]
    public async Task Of_operations_that_ended_before_no_journal_is_read_twice()
    {
        await WriteAsync(Operations, Nodes);
        string[] questions = ["", "?format=csv", "?operation=D-old-7", "/failures", "/failures?format=csv&since=2020-01-01T00:00:00Z", "/steps?operation=D-old-7", "/steps?operation=D-old-7&format=csv"];

        var first = await AskAsync(questions);
        Spoil();
        var second = await AskAsync(questions);
        await RestartAsync();

        Assert.Equal(first, second);
        Assert.Equal(first, await AskAsync(questions));
        var rows = (await Controller.GetAsync(Routes.Statistics, ApiJson.Default.NodeStatisticsList)).Rows;
        Assert.Equal(Operations * Nodes, rows.Count);
        Assert.Equal([.. Enumerable.Range(1, Nodes).Select(i => $"node-{i}")], rows.Take(Nodes).Select(r => r.Node));
        Assert.Equal($"D-old-{Operations - 1}", rows[0].Operation);
        Assert.Equal(Nodes, (await Controller.GetAsync($"{Routes.Statistics}?operation=D-old-7", ApiJson.Default.NodeStatisticsList)).Rows.Count);
        Assert.Empty((await Controller.GetAsync($"{Routes.Statistics}?since=2999-01-01T00:00:00Z", ApiJson.Default.NodeStatisticsList)).Rows);
        var failures = (await Controller.GetAsync($"{Routes.Statistics}/failures", ApiJson.Default.NodeFailuresList)).Rows;
        Assert.Equal(
            new NodeFailures("node-1", Operations, Operations, 1, rows[0].StartedAt, "SetDeploymentEnv/wait_reboot", "no-boot"), failures[0]);
        Assert.Equal([new NodeFailures("node-2", Operations, 0, 0), new NodeFailures("node-3", Operations, 0, 0)], failures.Skip(1).Take(2));
        var steps = (await Controller.GetAsync($"{Routes.Statistics}/steps?operation=D-old-7", ApiJson.Default.StepStatisticsList)).Rows;
        Assert.Equal(Nodes - 1, steps.Count(s => s is { MicroStep: "send_environment", Outcome: "done", Operation: "D-old-7" }));
    }

    [Fact]
    public async Task An_operation_that_has_just_ended_is_kept_before_anybody_asks()
    {
        await WriteAsync(1, 3);
        await Eventually.TrueAsync(() => Task.FromResult(Controller.Service<StatisticsStore>().Missing(null).Count == 0), "the operation to be kept");
        Spoil();

        Assert.Equal(3, (await Controller.GetAsync(Routes.Statistics, ApiJson.Default.NodeStatisticsList)).Rows.Count);
    }

    [Fact]
    public async Task A_controller_that_starts_reads_what_ended_before_and_goes_on_behind_a_journal_that_it_cannot_read()
    {
        await WriteAsync(5, 3);
        // The controller that runs may have read it already: it was not asked to, but it reads at its start.
        Database.Write(connection => connection.Execute(
            """
            UPDATE journal SET body = '{' WHERE deployment = 'D-old-3' AND sequence = 4;
            DELETE FROM operation_statistics WHERE position = (SELECT position FROM deployments WHERE id = 'D-old-3')
            """));

        await RestartAsync();

        await Eventually.TrueAsync(() => Task.FromResult(Controller.Service<StatisticsStore>().Missing(null) is ["D-old-3"]), "all others to be read");
        Assert.Equal(
            ["D-old-4", "D-old-2", "D-old-1", "D-old-0"],
            (await Controller.GetAsync(Routes.Statistics, ApiJson.Default.NodeStatisticsList)).Rows.Select(r => r.Operation).Distinct());
    }

    [Fact]
    public async Task KeepAsync_Again_ChangesNothing()
    {
        var journal = Controller.Service<DeploymentJournal>();
        await WriteAsync(1, 3);
        var before = await AskAsync([""]);

        var it = DeploymentHistory.Replay(journal.Load("D-old-0"));
        await Controller.Service<History>().KeepAsync(it with { Nodes = [it.Nodes[0]] });

        Assert.Equal(before, await AskAsync([""]));
    }

    [Fact]
    public async Task Missing_OperationForgotten_ItsStatisticsGoWithItAndNotWithItsJournal()
    {
        await WriteAsync(2, 3);
        await AskAsync([""]);

        Database.Write(connection => connection.Execute("DELETE FROM journal WHERE deployment LIKE 'D-old-%'"));
        Assert.Equal(6, (await Controller.GetAsync(Routes.Statistics, ApiJson.Default.NodeStatisticsList)).Rows.Count);
        Database.Write(connection => connection.Execute("DELETE FROM deployments WHERE id = 'D-old-1'"));
        Assert.Equal(["D-old-0"], (await Controller.GetAsync(Routes.Statistics, ApiJson.Default.NodeStatisticsList)).Rows.Select(r => r.Operation).Distinct());
    }

    // The one that was run has been counted, for which its journal is read.
    private async Task WriteAsync(int operations, int nodes)
    {
        await OldJournal.WriteAsync(Database, Controller.Service<DeploymentJournal>(), operations, nodes);
        await Eventually.TrueAsync(
            async () => (await Controller.Api.GetStringAsync(new Uri(Routes.Metrics, UriKind.Relative))).Contains("kadeploy_operations_total{kind=\"deployment\"} 1\n", StringComparison.Ordinal),
            "the operation to be counted");
    }

    // Whoever reads one from now on finds nothing that can be read.
    private void Spoil() => Database.Write(connection => connection.Execute("UPDATE journal SET body = 'spoilt'"));

    private async Task<IReadOnlyList<string>> AskAsync(IEnumerable<string> questions)
    {
        var answers = new List<string>();
        foreach (var question in questions)
            answers.Add(await Controller.Api.GetStringAsync(new Uri(Routes.Statistics + question, UriKind.Relative)));
        return answers;
    }
}
