using System.Net;
using System.Net.Sockets;
using Kadeploy.Api;
using Kadeploy.Api.Deployments;
using Kadeploy.Api.Operations;
using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Rights;
using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Nodes;
using Kadeploy.Deployments.Plans;
using BusyNode = Kadeploy.Deployments.Engine.BusyNode;

namespace Kadeploy.Controller.Api;

/// <summary>
/// The end of every request for an operation, whatever its kind: the plans of the nodes' clusters are made, and then either shown, or handed to
/// the engine. Nothing is touched before everything was checked.
/// </summary>
internal sealed partial class Submission(ControllerConfiguration configuration, DeploymentEngine engine, PlannedNodes planned, RightsBook rights, IdempotencyKeys keys, ILogger<Submission> log)
{
    private static readonly TimeSpan NameServerPatience = TimeSpan.FromSeconds(5);

    /// <summary>Makes the plan for one cluster; what is wrong comes back.</summary>
    public delegate IReadOnlyList<PlanError> PlanMaker(PlanSettings settings, out Plan plan);

    /// <param name="wanted">What was asked for.</param>
    /// <param name="nodes">The nodes.</param>
    /// <param name="wishes">What it wants otherwise than its clusters are configured.</param>
    /// <param name="make">Makes the plan.</param>
    /// <param name="show">Only shows what would be done.</param>
    /// <param name="http">The request.</param>
    public async Task<IResult> AnswerAsync(
        DeploymentRequest wanted, IReadOnlyList<Node> nodes, PlanWishes wishes, PlanMaker make, bool show, HttpContext http)
    {
        var cancellationToken = http.RequestAborted;
        var assignments = new List<Assignment>();
        foreach (var cluster in nodes.GroupBy(n => n.Cluster))
        {
            var errors = new List<PlanError>();
            var settings = wishes.Over(configuration.ClusterOf(cluster.Key).Plans, errors);
            errors.AddRange(make(settings, out var plan));
            if (errors is [var error, ..])
                return Problems.BadField(FieldOf(error), error.Message);
            assignments.Add(new Assignment(plan, [.. cluster]));
        }
        if (await UnresolvedAsync(wanted, nodes, cancellationToken) is { Count: > 0 } unresolved)
            return Problems.Result(
                422, "vlan-address", "Nodes are unknown in that VLAN", $"no address in VLAN {wanted.Vlan}: {string.Join(", ", unresolved.Take(20))} (vlan.address of their cluster)", "vlan", unresolved);
        if (show)
            return Results.Json(Show(wanted, assignments), ApiJson.Default.PlannedOperation);
        keys.Starts(http, wanted.Id);
        var result = await engine.SubmitAsync(wanted, assignments, CancellationToken.None);
        if (result is SubmitResult.Accepted)
        {
            var where = NodeSet.Fold(nodes.Select(n => n.Name));
            Accepted(log, wanted.Id, wanted.Kind, wanted.User, where);
            http.About($"{(wanted.Environment.Name.Length == 0 ? "" : wanted.Environment.FullName + " ")}{where}", wanted.Id);
            // A right that was taken in between found nothing to end yet.
            await rights.EnforceAsync("lost the right while it was used", CancellationToken.None);
        }
        return result switch
        {
            SubmitResult.Accepted accepted => Results.Json(new DeploymentStarted(accepted.Id), ApiJson.Default.DeploymentStarted, statusCode: 202),
            SubmitResult.Busy busy => Problems.Busy(busy.Nodes),
            SubmitResult.Invalid invalid => Problems.BadField(FieldOf(invalid.Errors[0]), invalid.Errors[0].Message),
            _ => throw new InvalidOperationException("a submission is accepted, busy or invalid"),
        };
    }

    // A plan's own fields are the request's: its instances come under "steps".
    private static string FieldOf(PlanError error) =>
        PlanWishes.MacroSteps.Any(m => error.Field.StartsWith(m, StringComparison.Ordinal)) || error.Message.StartsWith("unknown macro-step", StringComparison.Ordinal)
            ? $"steps.{error.Field}"
            : error.Field;

    private PlannedOperation Show(DeploymentRequest wanted, IReadOnlyList<Assignment> assignments) => new(
        OperationMapping.ToContract(wanted.Kind),
        [.. assignments.SelectMany(a => a.Nodes).OrderBy(n => n.Name, NodeNameComparer.Instance).Select(n => planned.Describe(n, wanted))],
        [.. assignments.Select(a => OperationMapping.ToContract(a.Nodes[0].Cluster, a))],
        [.. assignments.SelectMany(a => a.Nodes).Select(n => engine.OwnerOf(n.Name)).OfType<BusyNode>()
            .Where(b => InterruptTable.Of(wanted.Kind, b.Kind) != Meeting.Beside).Select(OperationMapping.ToContract)]);

    private async Task<IReadOnlyList<string>> UnresolvedAsync(DeploymentRequest wanted, IReadOnlyList<Node> nodes, CancellationToken cancellationToken)
    {
        if (wanted.Vlan is not { } vlan)
            return [];
        var found = await Task.WhenAll(nodes.Select(async node =>
            configuration.ClusterOf(node.Cluster).Vlan is { } settings && await ResolvesAsync(settings.AddressOf(node, vlan), cancellationToken)));
        return [.. nodes.Zip(found).Where(n => !n.Second).Select(n => n.First.Name)];
    }

    private static async Task<bool> ResolvesAsync(string address, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(address, out _))
            return true;
        try
        {
            return (await Dns.GetHostAddressesAsync(address, cancellationToken).WaitAsync(NameServerPatience, cancellationToken)).Length > 0;
        }
        catch (Exception e) when (e is SocketException or TimeoutException or ArgumentException)
        {
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Operation}: {Kind} of {User} accepted, on {Nodes}")]
    private static partial void Accepted(ILogger log, string operation, Kadeploy.Deployments.Engine.OperationKind kind, string user, string nodes);
}
