using Kadeploy.Api;
using Kadeploy.Api.Deployments;
using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Environments;
using Kadeploy.Controller.Storage;
using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Nodes;
using Kadeploy.Deployments.Plans;

namespace Kadeploy.Controller.Api;

/// <summary>
/// <c>/v1/deployments</c>. Starting one: 1. the request is checked for itself; 2. its environment and its nodes are found; 3. the image is compared
/// with what was registered; 4. each cluster's plan is made; 5. the engine takes it, writes it down, and runs it.
/// </summary>
internal sealed partial class DeploymentEndpoints(
    ControllerConfiguration configuration, DeploymentEngine engine, DeploymentJournal journal, EnvironmentStore environments, ImageCheck image,
    NodeSelection selection, TimeProvider time, ILogger<DeploymentEndpoints> log)
{
    private const int MostListed = 200;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Routes.Deployments, (bool? active, DeploymentEndpoints it) => it.List(active ?? false));
        routes.MapPost(Routes.Deployments, (HttpContext http, DeploymentEndpoints it) =>
            Body.ReadAsync(http, ApiJson.Default.StartDeployment, request => it.StartAsync(request, http.RequestAborted)));
        routes.MapGet(Routes.Deployments + "/{id}", (string id, DeploymentEndpoints it) => it.Show(id));
        routes.MapPost(Routes.Deployments + "/{id}/cancel", (string id, HttpContext http, DeploymentEndpoints it) => it.CancelAsync(id, http.RequestAborted));
        routes.MapGet(Routes.Deployments + "/{id}/events", (string id, HttpContext http, EventStream stream) => stream.ServeAsync(id, http, !BroadcastPlan.Is(id), Unknown));
    }

    /// <summary>A deployment of the engine's, or an older one from the journal.</summary>
    public static DeploymentSnapshot? Find(string id, DeploymentEngine engine, DeploymentJournal journal) =>
        engine.Get(id) ?? (journal.Load(id) is { Count: > 0 } entries ? DeploymentHistory.Replay(entries) : null);

    public static IResult Unknown(string id) => Problems.Result(
        404, "unknown-deployment", "Unknown deployment", $"there is no deployment {id}; see 'kadeploy deployment list'");

    private IResult List(bool active)
    {
        var known = engine.List().Where(d => !BroadcastPlan.Is(d.Id) && (!active || d.EndedAt is null)).ToDictionary(d => d.Id);
        if (!active)
            foreach (var id in journal.Finished(MostListed).Where(id => !BroadcastPlan.Is(id) && !known.ContainsKey(id)))
                known[id] = DeploymentHistory.Replay(journal.Load(id));
        return Results.Json(
            new DeploymentList([.. known.Values.OrderByDescending(d => d.CreatedAt).Take(MostListed).Select(DeploymentMapping.ToSummary)]),
            ApiJson.Default.DeploymentList);
    }

    private IResult Show(string id) => Find(id) is { } found
        ? Results.Json(DeploymentMapping.ToInfo(found, time.GetUtcNow()), ApiJson.Default.DeploymentInfo)
        : Unknown(id);

    private async Task<IResult> StartAsync(StartDeployment request, CancellationToken cancellationToken)
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
        var (chosen, unknown) = selection.Choose(request.Nodes, "nodes");
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
            new Dictionary<string, string>());
        var hint = request.Disk is null ? null : ApiMapping.ToDomain(request.Disk);
        var assignments = new List<Assignment>();
        foreach (var cluster in chosen.Select(c => hint is null ? c.Node : c.Node with { Disk = hint }).GroupBy(n => n.Cluster))
        {
            if (StandardPlan.TryMake(wanted, SettingsOf(cluster.Key), out var plan) is [var error, ..])
                return Problems.BadField(error.Field, error.Message);
            assignments.Add(new Assignment(plan, [.. cluster]));
        }

        // 5
        var result = await engine.SubmitAsync(wanted, assignments, CancellationToken.None);
        if (result is SubmitResult.Accepted)
        {
            var (what, where) = ($"{wanted.Environment.Name}:{wanted.Environment.Version}", NodeSet.Fold(chosen.Select(c => c.Node.Name)));
            Accepted(log, wanted.Id, what, where);
        }
        return result switch
        {
            SubmitResult.Accepted accepted => Results.Json(new DeploymentStarted(accepted.Id), ApiJson.Default.DeploymentStarted, statusCode: 202),
            SubmitResult.Busy busy => Problems.NodesBusy(busy),
            SubmitResult.Invalid invalid => Problems.BadField(invalid.Errors[0].Field, invalid.Errors[0].Message),
            _ => throw new InvalidOperationException("a submission is accepted, busy or invalid"),
        };
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

    private PlanSettings SettingsOf(string clusterName)
    {
        var cluster = configuration.ClusterOf(clusterName);
        return PlanSettings.Default with
        {
            Limits = cluster.Timeouts.ToDictionary(t => t.Key, t => TimeLimit.Seconds(t.Value.TotalSeconds)),
            FileSystems = ["ext2", "ext3", "ext4"],
            Swap = cluster.Disk.SwapBytes > 0,
        };
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Deployment}: accepted, {Environment} onto {Nodes}")]
    private static partial void Accepted(ILogger log, string deployment, string environment, string nodes);
}
