using Kadeploy.Api;
using Kadeploy.Api.Power;
using Kadeploy.Controller.OpenApi;
using Kadeploy.Controller.Users;
using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Environments;
using Kadeploy.Deployments.Plans;

namespace Kadeploy.Controller.Api;

/// <summary><c>POST /v1/power</c>: on, off, cycle, reset and status, as operations of the engine.</summary>
internal sealed class PowerEndpoints(NodeSelection selection, Access access, Submission submission)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        Route(Routes.Power, show: false);
        Route(Routes.Power + "/plan", show: true);

        void Route(string path, bool show)
        {
            var route = routes.MapPost(path, (HttpContext http, PowerEndpoints it) =>
                Body.ReadAsync(http, ApiJson.Default.PowerRequest, request => it.StartAsync(request, show, http)))
                .Describe(
                    show ? "Show what a power command would do" : "Switch nodes on or off, or ask for their power state",
                    show ? ApiJson.Default.PlannedOperation : ApiJson.Default.DeploymentStarted,
                    show ? 200 : 202,
                    ApiJson.Default.PowerRequest,
                    """{"nodes":"node-[1-3]","action":"status"}""");
            if (!show)
                route.AuditAs("power").WithMetadata(StartsOperation.It);
        }
    }

    private async Task<IResult> StartAsync(PowerRequest request, bool show, HttpContext http)
    {
        http.About(request.Nodes, request.Action.ToString().ToLowerInvariant());
        var (nodes, problem) = selection.ChooseOnce(request.Nodes, "nodes");
        if (problem is not null)
            return problem;
        if (access.Nodes(http, [.. nodes.Select(n => n.Node.Name)], null) is { } refused)
            return refused;
        var status = request.Action == PowerAction.Status;
        if (status && request.Level is not null)
            return Problems.BadField("level", "a status has no level");
        var wanted = new DeploymentRequest(
            $"{(status ? 'S' : 'P')}-{Guid.NewGuid():D}", Caller.Of(http).User, DeployableEnvironment.None, [], 0, "", "reboot", new Dictionary<string, string>())
        {
            Kind = status ? OperationKind.PowerStatus : OperationKind.Power,
            Force = request.Force ?? false,
        };
        return await submission.AnswerAsync(
            wanted,
            [.. nodes.Select(n => n.Node)],
            new PlanWishes(),
            (PlanSettings settings, out Plan plan) => OperationPlan.TryMakePower(
                wanted, request.Action.ToString().ToLowerInvariant(), status ? null : request.Level ?? "hard", settings with { CustomOperations = [] }, out plan),
            show,
            http);
    }
}
