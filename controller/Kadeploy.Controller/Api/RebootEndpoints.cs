using Kadeploy.Api;
using Kadeploy.Api.Operations;
using Kadeploy.Controller.Environments;
using Kadeploy.Controller.Nodes;
using Kadeploy.Controller.OpenApi;
using Kadeploy.Controller.Storage;
using Kadeploy.Controller.Users;
using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Environments;
using Kadeploy.Deployments.Plans;
using OperationKind = Kadeploy.Deployments.Engine.OperationKind;

namespace Kadeploy.Controller.Api;

/// <summary><c>POST /v1/reboots</c>.</summary>
internal sealed class RebootEndpoints(NodeSelection selection, Access access, EnvironmentLookup environments, DeploymentEngine engine, DeploymentJournal journal, Submission submission)
{
    private const int LongestProfile = 16 * 1024;

    public static void Map(IEndpointRouteBuilder routes)
    {
        Route(Routes.Reboots, show: false);
        Route(Routes.Reboots + "/plan", show: true);

        void Route(string path, bool show)
        {
            var route = routes.MapPost(path, (HttpContext http, RebootEndpoints it) =>
                Body.ReadAsync(http, ApiJson.Default.StartReboot, request => it.StartAsync(request, show, http)))
                .Describe(
                    show ? "Show what a reboot would do" : "Reboot nodes",
                    show ? ApiJson.Default.PlannedOperation : ApiJson.Default.DeploymentStarted,
                    show ? 200 : 202,
                    ApiJson.Default.StartReboot,
                    """{"nodes":"node-[1-3]"}""");
            if (!show)
                route.AuditAs("reboot").WithMetadata(StartsOperation.It);
        }
    }

    private async Task<IResult> StartAsync(StartReboot request, bool show, HttpContext http)
    {
        http.About(request.Nodes, request.Kind?.ToString());
        var kind = request.Kind ?? RebootKind.Simple;
        if (Mismatch(request, kind) is { } mismatch)
            return mismatch;
        var (nodes, problem) = selection.ChooseOnce(request.Nodes, "nodes");
        if (problem is not null)
            return problem;
        if (access.Nodes(http, [.. nodes.Select(n => n.Node.Name)], request.Partition) is { } refused)
            return refused;
        var environment = DeployableEnvironment.None;
        if (kind == RebootKind.RecordedEnv && Recorded(request, nodes, Caller.Of(http), out environment) is { } unrecorded)
            return unrecorded;
        var wanted = new DeploymentRequest(
            $"R-{Guid.NewGuid():D}", Caller.Of(http).User, environment, [.. request.AuthorizedKeys ?? []], request.Partition ?? 0, "", "reboot", new Dictionary<string, string>())
        {
            Kind = OperationKind.Reboot,
            Force = request.Force ?? false,
            Vlan = request.Vlan,
            Profile = request.Profile,
        };
        var errors = new List<PlanError>();
        var wishes = new PlanWishes
        {
            Limits = OperationMapping.ToDomain(request.Timeouts),
            CustomOperations = OperationMapping.ToDomain(request.CustomOperations, errors),
            Breakpoint = request.Breakpoint,
        };
        if (errors is [var error, ..])
            return Problems.BadField(error.Field, error.Message);
        return await submission.AnswerAsync(
            wanted,
            [.. nodes.Select(n => n.Node)],
            wishes,
            (PlanSettings settings, out Plan plan) => OperationPlan.TryMakeReboot(wanted, NameOf(kind), request.Level ?? "soft", settings, out plan),
            show,
            http);
    }

    private static string NameOf(RebootKind kind) => kind switch
    {
        RebootKind.SetPxe => "set_pxe",
        RebootKind.DeployEnv => "deploy_env",
        RebootKind.RecordedEnv => "recorded_env",
        _ => "simple",
    };

    private static IResult? Mismatch(StartReboot request, RebootKind kind) =>
        kind == RebootKind.SetPxe && string.IsNullOrWhiteSpace(request.Profile) ? Problems.BadField("profile", "a reboot with a profile of one's own needs one")
        : kind != RebootKind.SetPxe && request.Profile is not null ? Problems.BadField("profile", "goes with set-pxe only")
        : request.Profile is { } profile && !profile.StartsWith("#!ipxe", StringComparison.Ordinal) ? Problems.BadField("profile", "an iPXE script begins with #!ipxe")
        : request.Profile is { Length: > LongestProfile } ? Problems.BadField("profile", $"is longer than {LongestProfile} characters")
        : kind == RebootKind.RecordedEnv && request.Environment is null ? Problems.BadField("environment", "recorded-env needs an environment")
        : kind == RebootKind.RecordedEnv && request.Partition is null ? Problems.BadField("partition", "recorded-env needs the partition on which it was installed")
        : kind != RebootKind.RecordedEnv && request.Environment is not null ? Problems.BadField("environment", "goes with recorded-env only")
        : kind != RebootKind.RecordedEnv && request.Partition is not null ? Problems.BadField("partition", "goes with recorded-env only")
        : kind != RebootKind.DeployEnv && request.AuthorizedKeys is { Count: > 0 } ? Problems.BadField("authorizedKeys", "goes with deploy-env only")
        : DeploymentRequests.Keys(request.AuthorizedKeys ?? []) ?? DeploymentRequests.Vlan(request.Vlan);

    /// <summary>The loader on the disk boots what was installed last: the request must mean that.</summary>
    private IResult? Recorded(StartReboot request, IReadOnlyList<StoredNode> nodes, Caller caller, out DeployableEnvironment environment)
    {
        environment = DeployableEnvironment.None;
        if (Environments.EnvironmentName.Parse(request.Environment!) is not { } name || environments.Find(name, caller).Found is not { } found)
            return Problems.Result(404, "unknown-environment", "Unknown environment", $"{request.Environment} is not registered; see 'kadeploy env list'", "environment");
        environment = found.Deployable;
        var id = found.Deployable.Id;
        var wrong = nodes.Where(n => n.State != NodeState.Deployed || !Installed(n.Deployment)).Select(n => n.Node.Name).ToList();
        return wrong.Count == 0 ? null : Problems.Result(
            409, "not-recorded", "Not what is installed", $"the last deployment of {string.Join(", ", wrong.Take(20))} was not {request.Environment} on partition {request.Partition}", "environment", wrong);

        bool Installed(string? deployment) =>
            deployment is not null && DeploymentEndpoints.Find(deployment, engine, journal) is { } last && last.Request.Environment.Id == id && last.Request.Partition == request.Partition;
    }
}
