using Kadeploy.Api;
using Kadeploy.Api.Users;
using Kadeploy.Controller.OpenApi;
using Kadeploy.Controller.Storage;
using Kadeploy.Controller.Users;

namespace Kadeploy.Controller.Api;

/// <summary><c>/v1/me</c> and <c>/v1/tokens</c>.</summary>
internal sealed class UserEndpoints(ApiTokenStore tokens, TimeProvider time)
{
    private const int LongestNote = 200;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Routes.Me, (HttpContext http) =>
        {
            var caller = Caller.Of(http);
            return Results.Json(new WhoAmI(caller.User, caller.IsAdministrator, caller.By), ApiJson.Default.WhoAmI);
        }).Describe("Whom the controller takes the caller for", ApiJson.Default.WhoAmI);
        routes.MapGet(Routes.Tokens, (HttpContext http, UserEndpoints it) => it.List(http)).Describe("Tokens", ApiJson.Default.TokenList);
        routes.MapPost(Routes.Tokens, (HttpContext http, UserEndpoints it) =>
            Body.ReadAsync(http, ApiJson.Default.CreateToken, request => Task.FromResult(it.Create(http, request)))).AuditAs("token.create").WithMetadata(ShownOnce.It)
            .Describe("Make a token", ApiJson.Default.TokenCreated, 201, ApiJson.Default.CreateToken, """{"note":"ci","expiresAt":"2030-01-01T00:00:00Z"}""");
        routes.MapDelete(Routes.Tokens + "/{id}", (string id, HttpContext http, UserEndpoints it) => it.Revoke(id, http)).AuditAs("token.revoke").Describe("Make a token worthless");
    }

    private IResult List(HttpContext http)
    {
        var caller = Caller.Of(http);
        return Results.Json(new TokenList(tokens.All(caller.IsAdministrator ? null : caller.User)), ApiJson.Default.TokenList);
    }

    private IResult Create(HttpContext http, CreateToken request)
    {
        var caller = Caller.Of(http);
        var user = request.User ?? caller.User;
        if (!UserNames.IsGood(user))
            return Problems.BadField("user", $"is no user name: {UserNames.Expected}");
        http.About(user);
        if (Access.Owner(http, user, "a token of this user") is { } refused)
            return refused;
        var note = request.Note ?? "";
        if (note.Length > LongestNote || note.Any(char.IsControl))
            return Problems.BadField("note", $"at most {LongestNote} printable characters");
        if (request.ExpiresAt <= time.GetUtcNow())
            return Problems.BadField("expiresAt", "lies in the past");
        // Else who steals a token for an hour makes one that lasts.
        if (caller.Until is { } until && (request.ExpiresAt is null || request.ExpiresAt > until))
            return Problems.BadField("expiresAt", $"the token used ends at {until:O}: it makes none that outlives it");
        var created = tokens.Add(user, note, request.ExpiresAt);
        http.About(user, created.Info.Id);
        return Results.Json(created, ApiJson.Default.TokenCreated, statusCode: 201);
    }

    private IResult Revoke(string id, HttpContext http)
    {
        // One answer for what is not there and what is another's: ids are no secret, but who has tokens is nobody's business.
        var caller = Caller.Of(http);
        if (tokens.Find(id) is not { } found || (found.User != caller.User && !caller.IsAdministrator))
            return Problems.Result(404, "unknown-token", "Unknown token", $"there is no token {id}; see 'kadeploy token list'");
        http.About(found.User, id);
        tokens.Revoke(id);
        return Results.NoContent();
    }
}
