using Kadeploy.Api;
using Kadeploy.Api.Environments;
using Kadeploy.Controller.Environments;
using Kadeploy.Controller.OpenApi;
using Kadeploy.Controller.Storage;
using Kadeploy.Controller.Uploads;
using Kadeploy.Controller.Users;
using Kadeploy.Deployments.Engine;

namespace Kadeploy.Controller.Api;

/// <summary><c>/v1/environments</c>.</summary>
internal sealed class EnvironmentEndpoints(EnvironmentStore store, EnvironmentLookup lookup, EnvironmentRegistrar registrar, UploadFolder uploads, DeploymentEngine engine)
{
    public const string RefusedTitle = "The environment cannot be registered";

    public static void Map(IEndpointRouteBuilder routes)
    {
        const string One = Routes.Environments + "/{owner}/{name}";
        routes.MapGet(Routes.Environments, (
            string? name, string? owner, string? search, string? tag, bool? latest, int? limit, string? cursor, HttpContext http, EnvironmentEndpoints it) =>
            it.List(name, owner, search, tag, latest ?? false, limit, cursor, http)).Describe("Environments", ApiJson.Default.EnvironmentList);
        routes.MapGet(One + "/description", (string owner, string name, int? version, HttpContext http, EnvironmentEndpoints it) => it.Export(owner, name, version, http))
            .Describe("The description as it was registered, in YAML", media: "application/yaml");
        routes.MapPatch(One, (string owner, string name, int? version, HttpContext http, EnvironmentEndpoints it) =>
            Body.ReadAsync(http, ApiJson.Default.ChangeEnvironment, request => Task.FromResult(it.Change(owner, name, version, request, http)))).AuditAs("environment.change")
            .Describe("Change what is said about an environment", ApiJson.Default.EnvironmentInfo, 200, ApiJson.Default.ChangeEnvironment, """{"visibility":"shared","tags":["web","stable"]}""");
        routes.MapGet(One, (string owner, string name, int? version, HttpContext http, EnvironmentEndpoints it) => it.Show(owner, name, version, http)).Describe("One environment; the latest version unless one is named", ApiJson.Default.EnvironmentInfo);
        routes.MapDelete(One, (string owner, string name, int? version, HttpContext http, EnvironmentEndpoints it) => it.Delete(owner, name, version, http))
            .AuditAs("environment.delete").Describe("Forget one version of an environment");
        routes.MapPost(Routes.Environments, (HttpContext http, EnvironmentEndpoints it) =>
            Body.ReadAsync(http, ApiJson.Default.AddEnvironment, request => it.AddAsync(request, http))).AuditAs("environment.add")
            .Describe("Register an environment: its image is read and hashed", ApiJson.Default.EnvironmentInfo, 201, ApiJson.Default.AddEnvironment, """{"description":"name: debian12\nos: linux\n","imagePath":"/srv/images/debian12.tar.zst"}""");
    }

    /// <summary>Answer for a name that means nothing, or too much.</summary>
    public static IResult NotFound(Environments.EnvironmentName name, IReadOnlyList<string> owners) => owners.Count > 1
        ? Problems.Result(
            409, "ambiguous-environment", "Several users have it", $"{name} is public of {string.Join(" and ", owners)}: say OWNER/{name}", "environment")
        : Problems.Result(404, "unknown-environment", "Unknown environment", $"{name} is not registered; see 'kadeploy env list'", "environment");

    private IResult List(string? name, string? owner, string? search, string? tag, bool latest, int? limit, string? cursor, HttpContext http)
    {
        if (Page.Problem(limit) is { } bad)
            return bad;
        var found = lookup.List(name, owner, Caller.Of(http)).Where(e => Matches(e, search, tag));
        if (latest)
            found = found.GroupBy(e => (e.Deployable.Owner, e.Deployable.Name)).Select(versions => versions.MaxBy(e => e.Deployable.Version)!);
        var (page, next) = Page.Cut(
            [.. found.OrderBy(e => e.Deployable.Owner, StringComparer.Ordinal).ThenBy(e => e.Deployable.Name, StringComparer.Ordinal).ThenByDescending(e => e.Deployable.Version)],
            e => e.Deployable.FullName,
            limit,
            cursor);
        return Results.Json(new EnvironmentList([.. page.Select(ApiMapping.ToContract)], next), ApiJson.Default.EnvironmentList);
    }

    private static bool Matches(RegisteredEnvironment e, string? search, string? tag) =>
        (tag is null || e.Tags.Contains(tag.ToLowerInvariant()))
        && (search is null || e.Tags.Concat([e.Deployable.Name, e.Description, e.Author]).Any(text => text.Contains(search, StringComparison.OrdinalIgnoreCase)));

    private IResult Export(string owner, string name, int? version, HttpContext http) =>
        Find(owner, name, version, http) is { } found ? Results.Text(EnvironmentWriter.Write(found), "application/yaml") : Unknown(owner, name, version);

    private IResult Change(string owner, string name, int? version, ChangeEnvironment request, HttpContext http)
    {
        if (Find(owner, name, version, http) is not { } found)
            return Unknown(owner, name, version);
        http.About(found.Deployable.FullName, request.ToString());
        if (Access.Owner(http, owner, found.Deployable.FullName) is { } refused)
            return refused;
        if (request.Visibility is not (null or "public" or "shared" or "private"))
            return Problems.BadField("visibility", "one of public, shared, private");
        if (request.Visibility == "public" && Access.Administrator(http, "make an environment public") is { } notPublic)
            return notPublic;
        if (request.Description is { Length: > 4096 })
            return Problems.BadField("description", "is longer than 4096 characters");
        if (request.Description?.Any(c => char.IsControl(c) && c is not ('\n' or '\t')) == true)
            return Problems.BadField("description", "has control characters");
        var (tags, bad) = EnvironmentParser.TagsOf(request.Tags ?? found.Tags);
        if (bad is { } index)
            return Problems.BadField($"tags[{index}]", "at most 32 words of letters, digits and - _ . + :");
        var changed = found with
        {
            Visibility = request.Visibility ?? found.Visibility,
            Description = request.Description ?? found.Description,
            Tags = tags,
            Kadeploy3 = found.Kadeploy3 with { Destructive = request.Destructive ?? found.Kadeploy3.Destructive },
        };
        store.Replace(changed);
        return Results.Json(ApiMapping.ToContract(changed), ApiJson.Default.EnvironmentInfo);
    }

    private IResult Show(string owner, string name, int? version, HttpContext http) =>
        Find(owner, name, version, http) is { } found ? Results.Json(ApiMapping.ToContract(found), ApiJson.Default.EnvironmentInfo) : Unknown(owner, name, version);

    private async Task<IResult> AddAsync(AddEnvironment request, HttpContext http)
    {
        var caller = Caller.Of(http);
        if (http.Request.Headers.Accept.ToString().Contains(RegistrationStep.MediaType, StringComparison.OrdinalIgnoreCase))
        {
            await RegistrationStream.ServeAsync(
                http, (progress, cancel) => registrar.RegisterAsync(request.Description, request.ImagePath, request.Signature, request.Owner, caller, progress, cancel));
            return Results.Empty;
        }
        return await registrar.RegisterAsync(request.Description, request.ImagePath, request.Signature, request.Owner, caller, (_, _) => { }, http.RequestAborted) switch
        {
            Registration.Done done => Added(done.Environment),
            Registration.Refused no => Problems.Result(no.Status, no.Reason, RefusedTitle, no.Detail, no.Field),
            _ => throw new InvalidOperationException("a registration is either done or refused"),
        };

        IResult Added(RegisteredEnvironment environment)
        {
            http.About(environment.Deployable.FullName, environment.Deployable.Image.Sha256);
            return Results.Json(ApiMapping.ToContract(environment), ApiJson.Default.EnvironmentInfo, statusCode: 201);
        }
    }

    private IResult Delete(string owner, string name, int? version, HttpContext http)
    {
        if (Find(owner, name, version, http) is not { } found)
            return Unknown(owner, name, version);
        http.About(found.Deployable.FullName);
        if (Access.Owner(http, owner, found.Deployable.FullName) is { } refused)
            return refused;
        if (engine.List().FirstOrDefault(d => d.EndedAt is null && d.Request.Environment.Id == found.Deployable.Id) is { } running)
            return Problems.Result(409, "environment-in-use", "The environment is in use", $"{running.Id} deploys {found.Deployable.FullName}");
        store.Delete(found.Deployable.Id);
        if (store.All().All(e => e.Deployable.Image.File != found.Deployable.Image.File))
            uploads.Drop(found.Deployable.Image.File);
        return Results.NoContent();
    }

    private RegisteredEnvironment? Find(string owner, string name, int? version, HttpContext http) =>
        lookup.Find(new Environments.EnvironmentName(owner, name, version), Caller.Of(http)).Found;

    private static IResult Unknown(string owner, string name, int? version) => NotFound(new Environments.EnvironmentName(owner, name, version), []);
}
