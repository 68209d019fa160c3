using System.Text.Json;
using Kadeploy.Api;
using Kadeploy.Api.Deployments;
using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Environments;
using Kadeploy.Controller.OpenApi;
using Kadeploy.Controller.Storage;
using Kadeploy.Controller.Users;
using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Nodes;
using Kadeploy.Deployments.Plans;

namespace Kadeploy.Controller.Api;

/// <summary>
/// <c>/v1/deployments</c>, and <c>/v1/operations</c> for those of every kind. Starting a deployment: 1. the request is checked for itself; 2. its
/// environment and its nodes are found; 3. the image is compared with what was registered; 4. what is wanted is put together; 5. each cluster's
/// plan is made, and the engine takes it, writes it down, and runs it.
/// </summary>
internal sealed class DeploymentEndpoints(
    DeploymentEngine engine, DeploymentJournal journal, OperationLists lists, EnvironmentLookup environments, ImageCheck image, EnvironmentSignatures signatures, RemoteArchives archives, NodeSelection selection,
    Access access, Submission submission, TimeProvider time)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        Route(Routes.Deployments, show: false);
        Route(Routes.Deployments + "/plan", show: true);
        routes.MapGet(Routes.Deployments, (bool? active, string? cursor, int? limit, DeploymentEndpoints it) => it.List(active ?? false, "D-", cursor, limit))
            .Describe("Deployments, newest first", ApiJson.Default.DeploymentList);
        routes.MapGet(Routes.Operations, (bool? active, string? cursor, int? limit, DeploymentEndpoints it) => it.List(active ?? false, "", cursor, limit))
            .Describe("Operations of every kind, newest first", ApiJson.Default.DeploymentList);
        // Every id is found under both.
        foreach (var path in new[] { Routes.Deployments, Routes.Operations })
        {
            routes.MapGet(path + "/{id}", (string id, HttpContext http, DeploymentEndpoints it) => it.Show(id, http))
                .Describe("Everything about one operation", ApiJson.Default.DeploymentInfo);
            routes.MapPost(path + "/{id}/cancel", (string id, HttpContext http, DeploymentEndpoints it) => it.CancelAsync(id, http))
                .AuditAs("operation.cancel").Describe("Stop an operation", status: 202);
            Retry(path + "/{id}/retry", show: false);
            Retry(path + "/{id}/retry/plan", show: true);
            routes.MapGet(path + "/{id}/events", (string id, HttpContext http, EventStream stream) => stream.ServeAsync(id, http, !BroadcastPlan.Is(id), Unknown))
                .Describe("What happens to it, as Server-Sent Events; resumed behind Last-Event-ID", media: "text/event-stream");
        }

        void Retry(string path, bool show)
        {
            var route = routes.MapPost(path, (string id, HttpContext http, DeploymentEndpoints it) =>
                Body.ReadAsync(http, ApiJson.Default.RetryDeployment, request => it.RetryAsync(id, request, show, http)))
                .Describe(
                    show ? "Show what a retry would do" : "Deploy again, as then, onto the nodes that failed",
                    show ? ApiJson.Default.PlannedOperation : ApiJson.Default.DeploymentStarted,
                    show ? 200 : 202,
                    ApiJson.Default.RetryDeployment,
                    """{"force":false}""");
            if (!show)
                route.AuditAs("deployment.retry").WithMetadata(StartsOperation.It);
        }

        void Route(string path, bool show)
        {
            var route = routes.MapPost(path, (HttpContext http, DeploymentEndpoints it) =>
                Body.ReadAsync(http, ApiJson.Default.StartDeployment, request => it.StartAsync(request, show, http)))
                .Describe(
                    show ? "Show what a deployment would do" : "Start a deployment",
                    show ? ApiJson.Default.PlannedOperation : ApiJson.Default.DeploymentStarted,
                    show ? 200 : 202,
                    ApiJson.Default.StartDeployment,
                    """{"environment":"debian12:2","nodes":"node-[1-3]","authorizedKeys":["ssh-ed25519 AAAA me"],"boot":"kexec"}""");
            if (!show)
                route.AuditAs("deployment.start").WithMetadata(StartsOperation.It);
        }
    }

    /// <summary>A deployment of the engine's, or an older one from the journal.</summary>
    public static DeploymentSnapshot? Find(string id, DeploymentEngine engine, DeploymentJournal journal) =>
        engine.Get(id) ?? (journal.Load(id) is { Count: > 0 } entries ? DeploymentHistory.Replay(entries) : null);

    public static IResult Unknown(string id) => Problems.Result(
        404, "unknown-deployment", "Unknown deployment", $"there is no operation {id}; see 'kadeploy operation list'");

    private IResult List(bool active, string prefix, string? cursor, int? limit) =>
        Page.Problem(limit) ?? Results.Json(lists.Deployments(active, prefix, cursor, limit), ApiJson.Default.DeploymentList);

    private IResult Show(string id, HttpContext http) => Find(id) is { } found
        ? Access.Owner(http, found.Request.User, id) ?? Results.Json(DeploymentMapping.ToInfo(found, time.GetUtcNow()), ApiJson.Default.DeploymentInfo)
        : Unknown(id);

    private async Task<IResult> StartAsync(StartDeployment request, bool show, HttpContext http)
    {
        http.About($"{request.Environment} {request.Nodes}");
        var (caller, cancellationToken) = (Caller.Of(http), http.RequestAborted);
        // 1
        if (DeploymentRequests.Problem(request) is { } problem)
            return problem;

        // 2
        if (Environments.EnvironmentName.Parse(request.Environment) is not { } name)
            return Problems.BadField("environment", $"'{request.Environment}' is none of name, name:version, owner/name, owner/name:version");
        var (environment, owners) = environments.Find(name, caller);
        if (environment is null)
            return EnvironmentEndpoints.NotFound(name, owners);
        if (environment.NotDeployable is { } why)
            return Problems.Result(422, "environment-not-deployable", "The environment cannot be deployed", why, "environment");
        var (chosen, unknown) = selection.ChooseOnce(request.Nodes, "nodes");
        if (unknown is not null)
            return unknown;
        if (access.Nodes(http, [.. chosen.Select(c => c.Node.Name)], request.Partition ?? DiskLayout.RootPartition) is { } refused)
            return refused;

        // 3
        if (await image.ProblemAsync(environment, cancellationToken) is var (reason, detail))
            return Problems.Result(422, reason, "The image is not what was registered", detail, "environment");

        if (await signatures.ProblemAsync(environment, cancellationToken) is var (unsigned, why3))
            return Problems.Result(422, unsigned, "The environment's signature is not good", why3, "environment");

        if (await archives.ProblemAsync(environment.Deployable, cancellationToken) is var (gone, why2))
            return Problems.Result(422, gone, "An archive is not what was registered", why2, "environment");

        // 4
        var wanted = new DeploymentRequest(
            $"D-{Guid.NewGuid():D}",
            caller.User,
            environment.Deployable,
            [.. request.AuthorizedKeys ?? []],
            request.Partition ?? DiskLayout.RootPartition,
            request.Script ?? "",
            request.Boot == BootMethod.Kexec ? "kexec" : "reboot",
            new Dictionary<string, string>())
        {
            Force = request.Force ?? false,
            Vlan = request.Vlan,
            // Without what stands beside it anyway.
            Asked = JsonSerializer.Serialize(request with { Nodes = "", AuthorizedKeys = null, Script = null, Force = null }, ApiJson.Default.StartDeployment),
        };
        var errors = new List<PlanError>();
        var wishes = new PlanWishes
        {
            Steps = OperationMapping.ToDomain(request.Steps),
            Limits = OperationMapping.ToDomain(request.Timeouts),
            CustomOperations = OperationMapping.ToDomain(request.CustomOperations, errors),
            Breakpoint = request.Breakpoint,
            KeepPartitions = request.DisableDiskPartitioning ?? false,
            NoBootloader = request.DisableBootloaderInstall ?? false,
        };
        if (errors is [var error, ..])
            return Problems.BadField(error.Field, error.Message);

        // 5
        var hint = request.Disk is null ? null : ApiMapping.ToDomain(request.Disk);
        return await submission.AnswerAsync(
            wanted,
            [.. chosen.Select(c => hint is null ? c.Node : c.Node with { Disk = hint })],
            wishes,
            (PlanSettings settings, out Plan plan) => StandardPlan.TryMake(wanted, settings, out plan),
            show,
            http);
    }

    // What was asked for then is asked for again, for the nodes that failed: as a new deployment, checked as any other.
    private async Task<IResult> RetryAsync(string id, RetryDeployment retry, bool show, HttpContext http)
    {
        if (Find(id) is not { } found)
            return Unknown(id);
        if (Access.Owner(http, found.Request.User, id) is { } refused)
            return refused;
        if (found.Request is not { Kind: OperationKind.Deployment, Asked: { } asked })
            return Problems.Result(409, "not-retryable", "It cannot be retried", $"{id} is no deployment, or one of an older kadeployd: start a new operation for its nodes");
        var failed = found.Nodes.Where(n => n.Verdict is Verdict.Failed or Verdict.Cancelled).Select(n => n.Node).ToList();
        if (failed.Count == 0)
            return Problems.Result(
                409, "nothing-failed", "No node failed", found.EndedAt is null ? $"no node of {id} has failed so far; it still runs" : $"no node of {id} failed: there is nothing to retry");
        var request = JsonSerializer.Deserialize(asked, ApiJson.Default.StartDeployment)! with
        {
            // The same version, whatever is the latest now.
            Environment = found.Request.Environment.FullName,
            Nodes = NodeSet.Fold(failed),
            AuthorizedKeys = found.Request.AuthorizedKeys,
            Script = found.Request.Script is { Length: > 0 } script ? script : null,
            Force = retry.Force,
        };
        return await StartAsync(request, show, http);
    }

    private async Task<IResult> CancelAsync(string id, HttpContext http)
    {
        if (Find(id) is not { } found)
            return Unknown(id);
        if (Access.Owner(http, found.Request.User, id) is { } refused)
            return refused;
        return found.EndedAt is null && await engine.CancelAsync(id, Caller.Of(http).User, null, http.RequestAborted)
            ? Results.StatusCode(202)
            : Problems.Result(409, "deployment-ended", "The deployment is over", $"{id} has ended: there is nothing to cancel");
    }

    private DeploymentSnapshot? Find(string id) => BroadcastPlan.Is(id) ? null : Find(id, engine, journal);
}
