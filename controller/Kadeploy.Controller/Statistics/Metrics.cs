using System.Globalization;
using System.Text;
using Kadeploy.Api;
using Kadeploy.Controller.Agents;
using Kadeploy.Controller.Api;
using Kadeploy.Controller.Storage;
using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Plans;

namespace Kadeploy.Controller.Statistics;

/// <summary><c>GET /metrics</c> for Prometheus. Counters begin at the start of this kadeployd.</summary>
internal sealed class Metrics(DeploymentEngine engine, AgentSessions sessions, NodeStore nodes)
{
    private static readonly double[] Bounds = [0.1, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 3600];

    private readonly Family _operations = new("kadeploy_operations_total", "Operations that ended.", ["kind"], []);
    private readonly Family _nodes = new("kadeploy_node_verdicts_total", "Verdicts on nodes of operations that ended.", ["kind", "verdict"], []);
    private readonly Family _failures = new("kadeploy_node_failures_total", "Nodes that failed, by what was at fault and why.", ["party", "reason"], []);
    private readonly Family _retries = new("kadeploy_retries_total", "Tries of macro-steps beyond the first, on nodes of operations that ended.", ["kind"], []);
    private readonly Family _duration = new("kadeploy_operation_duration_seconds", "From acceptance to the last verdict.", ["kind"], Bounds);
    private readonly Family _macro = new("kadeploy_macro_step_duration_seconds", "Time of a node in a macro-step, all tries together.", ["macro_step"], Bounds);
    private readonly Family _micro = new("kadeploy_micro_step_duration_seconds", "Time of a node in a micro-step.", ["micro_step", "outcome"], Bounds);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet(Routes.Metrics, (Metrics it) => Results.Text(it.Write(), "text/plain; version=0.0.4"));

    /// <summary>An operation has ended.</summary>
    public void Count(DeploymentSnapshot it)
    {
        var kind = DeploymentMapping.NameOf(it.Request.Kind);
        _operations.Add(1, kind);
        if (it.EndedAt is { } end)
            _duration.Add((end - it.CreatedAt).TotalSeconds, kind);
        foreach (var node in it.Nodes)
        {
            _nodes.Add(1, kind, DeploymentMapping.NameOf(node.Verdict));
            if (node.Failure is { } failure && node.Verdict == Verdict.Failed)
                _failures.Add(1, DeploymentMapping.NameOf(failure.Party), failure.Reason);
            if (History.Retries(node.Steps) is > 0 and var retries)
                _retries.Add(retries, kind);
            foreach (var (macro, seconds) in node.MacroSeconds(it.EndedAt ?? it.CreatedAt))
                _macro.Add(seconds, macro);
            foreach (var step in node.Steps.Where(s => s.EndedAt is not null))
                _micro.Add((step.EndedAt!.Value - step.StartedAt).TotalSeconds, StepCatalogue.MicroSteps.Any(k => k.Name == step.MicroStep) ? step.MicroStep : "custom", step.Outcome);
        }
    }

    private string Write()
    {
        var text = new StringBuilder();
        foreach (var family in new[] { _operations, _nodes, _failures, _retries, _duration, _macro, _micro })
            family.Write(text);
        Gauge("kadeploy_operations_running", "Operations that run now.", engine.List().Count(d => d.EndedAt is null));
        Gauge("kadeploy_agents_connected", "Agents whose stream is open.", sessions.Count);
        text.Append("# HELP kadeploy_nodes Registered nodes by state.\n# TYPE kadeploy_nodes gauge\n");
        foreach (var state in nodes.All().GroupBy(n => n.State).OrderBy(g => g.Key))
            text.Append(CultureInfo.InvariantCulture, $"kadeploy_nodes{{state=\"{DeploymentMapping.NameOf(state.Key)}\"}} {state.Count()}\n");
        text.Append(CultureInfo.InvariantCulture, $"# HELP kadeploy_build_info Version of kadeployd.\n# TYPE kadeploy_build_info gauge\nkadeploy_build_info{{version=\"{InfoEndpoint.Version}\"}} 1\n");
        return text.ToString();

        void Gauge(string name, string help, int value) => text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}\n");
    }
}
