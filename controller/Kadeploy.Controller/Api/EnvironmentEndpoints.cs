using Kadeploy.Api;
using Kadeploy.Api.Environments;
using Kadeploy.Controller.Environments;
using Kadeploy.Controller.Storage;
using Kadeploy.Deployments.Engine;

namespace Kadeploy.Controller.Api;

/// <summary><c>/v1/environments</c>.</summary>
internal sealed class EnvironmentEndpoints(EnvironmentStore store, EnvironmentRegistrar registrar, DeploymentEngine engine)
{
    public const string RefusedTitle = "The environment cannot be registered";

    public static void Map(IEndpointRouteBuilder routes)
    {
        const string One = Routes.Environments + "/{owner}/{name}";
        routes.MapGet(Routes.Environments, (string? name, EnvironmentEndpoints it) => it.List(name));
        routes.MapGet(One, (string owner, string name, int? version, EnvironmentEndpoints it) => it.Show(owner, name, version));
        routes.MapDelete(One, (string owner, string name, int? version, EnvironmentEndpoints it) => it.Delete(owner, name, version));
        routes.MapPost(Routes.Environments, (HttpContext http, EnvironmentEndpoints it) =>
            Body.ReadAsync(http, ApiJson.Default.AddEnvironment, request => it.AddAsync(request, http)));
    }

    private IResult List(string? name) =>
        Results.Json(new EnvironmentList([.. store.All(name).Select(ApiMapping.ToContract)]), ApiJson.Default.EnvironmentList);

    private IResult Show(string owner, string name, int? version) =>
        Find(owner, name, version) is { } found ? Results.Json(ApiMapping.ToContract(found), ApiJson.Default.EnvironmentInfo) : Unknown(owner, name, version);

    private async Task<IResult> AddAsync(AddEnvironment request, HttpContext http)
    {
        if (http.Request.Headers.Accept.ToString().Contains(RegistrationStep.MediaType, StringComparison.OrdinalIgnoreCase))
        {
            await RegistrationStream.ServeAsync(http, (progress, cancel) => registrar.RegisterAsync(request.Description, request.ImagePath, ApiUser.Administrator, progress, cancel));
            return Results.Empty;
        }
        return await registrar.RegisterAsync(request.Description, request.ImagePath, ApiUser.Administrator, (_, _) => { }, http.RequestAborted) switch
        {
            Registration.Done done => Results.Json(ApiMapping.ToContract(done.Environment), ApiJson.Default.EnvironmentInfo, statusCode: 201),
            Registration.Refused no => Problems.Result(no.Status, no.Reason, RefusedTitle, no.Detail, no.Field),
            _ => throw new InvalidOperationException("a registration is either done or refused"),
        };
    }

    private IResult Delete(string owner, string name, int? version)
    {
        if (Find(owner, name, version) is not { } found)
            return Unknown(owner, name, version);
        if (engine.List().FirstOrDefault(d => d.EndedAt is null && d.Request.Environment.Id == found.Deployable.Id) is { } running)
            return Problems.Result(409, "environment-in-use", "The environment is in use", $"{running.Id} deploys {owner}/{name}:{found.Deployable.Version}");
        store.Delete(found.Deployable.Id);
        return Results.NoContent();
    }

    private RegisteredEnvironment? Find(string owner, string name, int? version) =>
        new Environments.EnvironmentName(owner, name, version).Choose(store.All(name, owner), owner);

    private static IResult Unknown(string owner, string name, int? version) => Problems.Result(
        404, "unknown-environment", "Unknown environment", $"{owner}/{name}{(version is null ? "" : $":{version}")} is not registered; see 'kadeploy env list'", "environment");
}
