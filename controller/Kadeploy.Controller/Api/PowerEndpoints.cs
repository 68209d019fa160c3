using Kadeploy.Api;
using Kadeploy.Api.Power;
using Kadeploy.Controller.Nodes;
using Kadeploy.Controller.Power;
using Kadeploy.Deployments.Engine;

namespace Kadeploy.Controller.Api;

/// <summary><c>POST /v1/power</c>: one command on a set of nodes, side by side, a result for each.</summary>
internal sealed class PowerEndpoints(NodeSelection selection, IPower power, FirmwareKinds firmware, DeploymentEngine engine)
{
    // Every command is a process: enough at once to be quick on a rack, few enough for the machine.
    private const int AtOnce = 32;

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost(Routes.Power, (HttpContext http, PowerEndpoints it) =>
            Body.ReadAsync(http, ApiJson.Default.PowerRequest, request => it.RunAsync(request, http.RequestAborted)));

    private async Task<IResult> RunAsync(PowerRequest request, CancellationToken cancellationToken)
    {
        var (nodes, problem) = selection.Choose(request.Nodes, "nodes");
        if (problem is not null)
            return problem;
        if (request is { Level: PowerLevel.Soft, Action: not PowerAction.Off })
            return Problems.BadField("level", "soft goes with off only: it asks the operating system to shut down");
        var command = request.Action switch
        {
            PowerAction.On => PowerCommand.On,
            PowerAction.Off => request.Level == PowerLevel.Soft ? PowerCommand.SoftOff : PowerCommand.Off,
            PowerAction.Cycle => PowerCommand.Cycle,
            PowerAction.Reset => PowerCommand.Reset,
            _ => PowerCommand.Status,
        };
        var results = new PowerResult[nodes.Count];
        await Parallel.ForAsync(
            0,
            nodes.Count,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (i, cancel) => results[i] = await OneAsync(nodes[i], command, cancel));
        return Results.Json(new PowerAnswer(results), ApiJson.Default.PowerAnswer);
    }

    private async Task<PowerResult> OneAsync(StoredNode stored, PowerCommand command, CancellationToken cancellationToken)
    {
        var node = stored.Node;
        if (command != PowerCommand.Status && engine.OwnerOf(node.Name) is { } busy)
            return new PowerResult(node.Name, false, null, new PowerError("node-busy", $"{node.Name} is being deployed by {busy.Deployment}: cancel that first"));
        var outcome = await power.RunAsync(node, command, firmware.IsUefi(node), cancellationToken);
        return outcome.Failure is { } failure
            ? new PowerResult(node.Name, false, null, new PowerError(failure.Reason, failure.Detail))
            : new PowerResult(node.Name, true, outcome.On switch { true => "on", false => "off", null => null });
    }
}
