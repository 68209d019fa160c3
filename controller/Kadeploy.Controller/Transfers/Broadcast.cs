using System.Net;
using Kadeploy.Controller.Agents;
using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Nodes;
using Kadeploy.Controller.Storage;
using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Nodes;
using Kadeploy.Deployments.Plans;
using Kadeploy.Transfer;
using Party = Kadeploy.Deployments.Engine.Party;

namespace Kadeploy.Controller.Transfers;

/// <summary>
/// <c>send_environment</c> and <c>send_file</c>: the controller is the head of a chain of the execution's nodes. 1: what is sent is found, and fetched where
/// its web server does not serve ranges. 2: the plan is
/// made, in the order of the network, or found again after a restart. 3: the head serves the image (<see cref="ChainRun"/>), and every agent is told
/// to receive. 4: who fails is declared dead to the others, in a newer plan. 5: when every node has its outcome, the head stops.
/// </summary>
internal sealed partial class Broadcast(
    ControllerConfiguration configuration, ListenAddresses addresses, ChainListener listener, AgentSessions sessions, AgentSteps steps,
    EnvironmentStore environments, BroadcastFiles files, TransferStore transfers, ImageSources sources, ChainLimits limits, NodePlaces places,
    TimeProvider time, ILogger<Broadcast> log) : IStepDriver
{
    // No node's name has a blank.
    private const string HeadName = "the controller";

    private static readonly TimeSpan Telling = TimeSpan.FromSeconds(2);

    private readonly long _started = time.GetTimestamp();

    public async Task RunAsync(StepExecution execution, IStepReport report, CancellationToken cancellationToken)
    {
        // 1
        if (ShipmentOf(execution) is not { } shipment)
        {
            FailAll(execution.Nodes, report, new Outcome.Failed(Party.Image, "environment-gone", "what was to be sent was deleted meanwhile"));
            return;
        }
        ImageLease? fetched = null;
        try
        {
            if (shipment.Whole)
                fetched = await sources.OpenWholeAsync(shipment.Image, shipment.Manifest, Teller(execution, report), cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            FailAll(execution.Nodes, report, Unreadable(e));
            return;
        }
        // Those that read it share what is open already.
        using var held = fetched;

        // 2
        var plan = transfers.Find(execution.Id);
        if (plan is null)
            await sessions.GatherAsync([.. execution.Nodes.Select(n => n.Name)], Patience(shipment), time, cancellationToken);
        var members = plan is null ? MembersOf(execution, shipment) : [];
        // One that was running when the controller stopped goes on: agents that have yet to dial again are waited for by their steps.
        var taking = (plan?.Members ?? [.. members]).Skip(1).Select(m => m.Name).ToHashSet();
        var nodes = execution.Nodes.Where(n => taking.Contains(n.Name)).ToList();
        FailAll(execution.Nodes.Where(n => !taking.Contains(n.Name)), report, node => new Outcome.Failed(Party.Agent, "no-agent", $"no agent of {node.Name} is connected"));
        if (nodes.Count == 0)
            return;
        if (plan is null)
        {
            plan = TransferPlan.Create(shipment.Manifest, members) with { Sealed = configuration.EncryptImages };
            transfers.Keep(execution.Id, execution.Deployment.Id, plan);
        }

        // 3
        ImageLease source;
        try
        {
            source = sources.Open(shipment.Image, shipment.Manifest);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            FailAll(nodes, report, Unreadable(e));
            return;
        }
        using (source)
        {
            var run = new ChainRun(shipment, execution, report, plan, source, listener, steps, transfers, limits, time);
            await run.ToEndAsync(nodes, cancellationToken);
            Fed(log, execution.Deployment.Id, execution.Id, source.Fed, shipment.Manifest.Length, nodes.Count);
        }
        // Cancelled, the controller may be stopping: the next one goes on with this plan. The deployment's end removes it in any case.
        if (!cancellationToken.IsCancellationRequested)
            transfers.Forget(execution.Id);
    }

    private Shipment? ShipmentOf(StepExecution execution)
    {
        var wanted = execution.Deployment;
        if (execution.MicroStep == BroadcastPlan.Step)
        {
            if (files.Find(wanted.Id) is not { } file)
                return null;
            var (path, unpack) = (wanted.Options[BroadcastOptions.Path], wanted.Options[BroadcastOptions.Unpack] == BroadcastOptions.Yes);
            return new Shipment(file.Manifest, wanted.Environment.Image, null, (_, plan) => new AgentOrder.ReceiveFile(plan, path, unpack, file.Compression));
        }
        return environments.Manifest(wanted.Environment.Id) is { } manifest
            ? new Shipment(
                Manifest.FromBytes(manifest),
                wanted.Environment.Image,
                wanted.Id,
                (node, plan) => new AgentOrder.ReceiveImage(plan, wanted.Environment.Image, node.Disk, wanted.Partition),
                environments.IsWhole(wanted.Environment.Id))
            : null;
    }

    // Nodes of a deployment were here a moment ago. Of a broadcast's nodes some may have no agent at all: only a controller that has just started
    // must give them time to dial again.
    private TimeSpan Patience(Shipment shipment)
    {
        var left = configuration.AgentGrace - time.GetElapsedTime(_started);
        return shipment.Deployment is not null ? configuration.AgentGrace : left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private List<ChainMember> MembersOf(StepExecution execution, Shipment shipment)
    {
        var members = new List<ChainMember> { new(HeadName, new IPEndPoint(configuration.Address, addresses.Chain)) };
        foreach (var name in ChainOrder.Arrange(places.PathsOf(execution.Nodes), configuration.Topology.Controller))
            if (sessions.OfNode(name) is { ChainPort: > 0 } session && (shipment.Deployment is null || session.Identity.Deployment == shipment.Deployment))
                members.Add(new ChainMember(name, new IPEndPoint(session.Address, session.ChainPort)));
        return members;
    }

    private static Outcome.Failed Unreadable(Exception e) => new(
        Party.Image,
        e is OriginException origin ? origin.Reason : e is FileNotFoundException or DirectoryNotFoundException ? "image-missing" : "image-unreadable",
        e.Message);

    /// <summary>Tells every node's watchers how far a download is, now and then.</summary>
    private Action<long, long> Teller(StepExecution execution, IStepReport report)
    {
        var told = 0L;
        return (done, total) =>
        {
            if (told != 0 && time.GetElapsedTime(told) < Telling && done != total)
                return;
            told = time.GetTimestamp();
            foreach (var node in execution.Nodes)
                report.Progress(node.Name, "the controller fetches the image", done, total);
        };
    }

    private static void FailAll(IEnumerable<Node> nodes, IStepReport report, Outcome outcome) => FailAll(nodes, report, _ => outcome);

    private static void FailAll(IEnumerable<Node> nodes, IStepReport report, Func<Node, Outcome> outcome)
    {
        foreach (var node in nodes)
            report.Finished(node.Name, outcome(node));
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Operation}: the head of {Execution} read {Fed} bytes of an image of {Bytes} for {Nodes} nodes")]
    private static partial void Fed(ILogger log, string operation, string execution, long fed, long bytes, int nodes);
}
