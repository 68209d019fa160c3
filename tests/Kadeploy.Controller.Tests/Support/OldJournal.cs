using Dapper;
using Kadeploy.Controller.Storage;
using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Environments;
using Kadeploy.Deployments.Nodes;
using Kadeploy.Deployments.Plans;

namespace Kadeploy.Controller.Tests.Support;

/// <summary>Journals of deployments that have ended, written into the database of a controller: one run by a real engine, the others its copies.</summary>
internal static class OldJournal
{
    private const string First = "D-old-0";

    /// <summary><paramref name="operations"/> deployments <c>D-old-0</c>, <c>D-old-1</c>… of <c>node-[1-nodes]</c>; node-1 fails in each.</summary>
    public static async Task WriteAsync(Database database, DeploymentJournal journal, int operations, int nodes)
    {
        var environment = new DeployableEnvironment(
            "E-1", "tiny", 1, "alice", new Image("/images/tiny", ImageKind.Tar, "zstd", 1, new string('0', 64)), "ext4", "/vmlinuz", "", "", []);
        var request = new DeploymentRequest(First, "alice", environment, [], 3, "", "reboot", new Dictionary<string, string>());
        Assert.Empty(StandardPlan.TryMake(request, PlanSettings.Default, out var plan));
        var all = Enumerable.Range(1, nodes).Select(i => new Node($"node-{i}", [$"52:54:00:00:{i / 256:x2}:{i % 256:x2}"], "192.0.2.1", "default", null, DiskHint.Only)).ToList();
        // By turns: what the driver says of all nodes is one entry, not as many as the loop happens to find.
        await Task.Factory.StartNew(RunAsync, CancellationToken.None, TaskCreationOptions.None, new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler).Unwrap();
        database.Write(connection => connection.Execute(
            """
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < @last)
                INSERT INTO deployments(id, ended) SELECT 'D-old-' || i, 1 FROM n WHERE @last > 0;
            INSERT INTO journal(deployment, sequence, at, kind, body, ends)
                SELECT id, sequence, at, kind, replace(body, @First, id), ends FROM deployments, journal WHERE id LIKE 'D-old-%' AND id <> @First AND deployment = @First
            """,
            new { last = operations - 1, First }));

        async Task RunAsync()
        {
            await using var engine = new DeploymentEngine(new FixedDriver(), journal, TimeProvider.System);
            await engine.ResumeAsync(CancellationToken.None);
            Assert.IsType<SubmitResult.Accepted>(await engine.SubmitAsync(request, all, plan, CancellationToken.None));
            await Eventually.TrueAsync(() => Task.FromResult(engine.Get(First)?.EndedAt is not null), "the deployment that is copied to end");
        }
    }

    private sealed class FixedDriver : IStepDriver
    {
        public Task RunAsync(StepExecution execution, IStepReport report, CancellationToken cancellationToken)
        {
            foreach (var node in execution.Nodes)
                report.Finished(node.Name, node.Name == "node-1" && execution.MicroStep == "wait_reboot" ? new Outcome.Failed(Party.Firmware, "no-boot", "a test's") : Outcome.Done.Plain);
            return Task.CompletedTask;
        }
    }
}
