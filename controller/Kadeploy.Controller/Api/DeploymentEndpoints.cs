using Kadeploy.Api;
using Kadeploy.Api.Deployments;
using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Environments;
using Kadeploy.Controller.Storage;
using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Plans;

namespace Kadeploy.Controller.Api;

/// <summary>
/// <c>/v1/deployments</c>, and <c>/v1/operations</c> for those of every kind. Starting a deployment: 1. the request is checked for itself; 2. its
/// environment and its nodes are found; 3. the image is compared with what was registered; 4. what is wanted is put together; 5. each cluster's
/// plan is made, and the engine takes it, writes it down, and runs it.
/// </summary>
internal sealed class DeploymentEndpoints(
    DeploymentEngine engine, DeploymentJournal journal, EnvironmentStore environments, ImageCheck image, NodeSelection selection, Submission submission,
    TimeProvider time)
{
    private const int MostListed = 200;

    public static void Map(IEndpointRouteBuilder routes)
    {
        Route(Routes.Deployments, show: false);
        Route(Routes.Deployments + "/plan", show: true);
        routes.MapGet(Routes.Deployments, (bool? active, DeploymentEndpoints it) => it.List(active ?? false, "D-"));
        routes.MapGet(Routes.Operations, (bool? active, DeploymentEndpoints it) => it.List(active ?? false, ""));
        // Every id is found under both.
        foreach (var path in new[] { Routes.Deployments, Routes.Operations })
        {
            routes.MapGet(path + "/{id}", (string id, DeploymentEndpoints it) => it.Show(id));
            routes.MapPost(path + "/{id}/cancel", (string id, HttpContext http, DeploymentEndpoints it) => it.CancelAsync(id, http.RequestAborted));
            routes.MapGet(path + "/{id}/events", (string id, HttpContext http, EventStream stream) => stream.ServeAsync(id, http, !BroadcastPlan.Is(id), Unknown));
        }

        void Route(string path, bool show) => routes.MapPost(path, (HttpContext http, DeploymentEndpoints it) =>
            Body.ReadAsync(http, ApiJson.Default.StartDeployment, request => it.StartAsync(request, show, http.RequestAborted)));
    }

    /// <summary>A deployment of the engine's, or an older one from the journal.</summary>
    public static DeploymentSnapshot? Find(string id, DeploymentEngine engine, DeploymentJournal journal) =>
        engine.Get(id) ?? (journal.Load(id) is { Count: > 0 } entries ? DeploymentHistory.Replay(entries) : null);

    public static IResult Unknown(string id) => Problems.Result(
        404, "unknown-deployment", "Unknown deployment", $"there is no operation {id}; see 'kadeploy operation list'");

    private IResult List(bool active, string prefix)
    {
        var known = engine.List().Where(d => !BroadcastPlan.Is(d.Id) && (!active || d.EndedAt is null) && d.Id.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(d => d.Id);
        if (!active)
            foreach (var id in journal.Finished(MostListed, prefix).Where(id => !BroadcastPlan.Is(id) && !known.ContainsKey(id)))
                known[id] = DeploymentHistory.Replay(journal.Load(id));
        return Results.Json(
            new DeploymentList([.. known.Values.OrderByDescending(d => d.CreatedAt).Take(MostListed).Select(DeploymentMapping.ToSummary)]),
            ApiJson.Default.DeploymentList);
    }

    private IResult Show(string id) => Find(id) is { } found
        ? Results.Json(DeploymentMapping.ToInfo(found, time.GetUtcNow()), ApiJson.Default.DeploymentInfo)
        : Unknown(id);

    private async Task<IResult> StartAsync(StartDeployment request, bool show, CancellationToken cancellationToken)
    {
        // 1
        if (DeploymentRequests.Problem(request) is { } problem)
            return problem;

        // 2
        if (Environments.EnvironmentName.Parse(request.Environment) is not { } name)
            return Problems.BadField("environment", $"'{request.Environment}' is none of name, name:version, owner/name, owner/name:version");
        if (name.Choose(environments.All(name.Name, name.Owner), ApiUser.Administrator) is not { } environment)
            return Problems.Result(
                404, "unknown-environment", "Unknown environment", $"{request.Environment} is not registered; see 'kadeploy env list'", "environment");
        var (chosen, unknown) = selection.ChooseOnce(request.Nodes, "nodes");
        if (unknown is not null)
            return unknown;

        // 3
        if (await image.ProblemAsync(environment, cancellationToken) is var (reason, detail))
            return Problems.Result(422, reason, "The image is not what was registered", detail, "environment");

        // 4
        var wanted = new DeploymentRequest(
            $"D-{Guid.NewGuid():D}",
            ApiUser.Administrator,
            environment.Deployable,
            [.. request.AuthorizedKeys ?? []],
            request.Partition ?? DiskLayout.RootPartition,
            request.Script ?? "",
            request.Boot == BootMethod.Kexec ? "kexec" : "reboot",
            new Dictionary<string, string>())
        {
            Force = request.Force ?? false,
            Vlan = request.Vlan,
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
            cancellationToken);
    }

    private async Task<IResult> CancelAsync(string id, CancellationToken cancellationToken)
    {
        if (Find(id) is not { } found)
            return Unknown(id);
        return found.EndedAt is null && await engine.CancelAsync(id, ApiUser.Administrator, null, cancellationToken)
            ? Results.StatusCode(202)
            : Problems.Result(409, "deployment-ended", "The deployment is over", $"{id} has ended: there is nothing to cancel");
    }

    private DeploymentSnapshot? Find(string id) => BroadcastPlan.Is(id) ? null : Find(id, engine, journal);
}
