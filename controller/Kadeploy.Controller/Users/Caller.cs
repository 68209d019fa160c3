namespace Kadeploy.Controller.Users;

/// <summary>Who asks, proven.</summary>
/// <param name="User">Name.</param>
/// <param name="IsAdministrator">Whether everything is allowed.</param>
/// <param name="By"><c>token</c>, <c>password</c> or <c>proxy</c>.</param>
/// <param name="Address">From where.</param>
/// <param name="Until">When the token used expires.</param>
internal sealed record Caller(string User, bool IsAdministrator, string By, string Address, DateTimeOffset? Until = null)
{
    /// <summary>The caller of a request that has passed <see cref="Api.ApiGuard"/>.</summary>
    public static Caller Of(HttpContext http) => http.Features.Get<Caller>() ?? throw new InvalidOperationException("nothing is served before the caller is known");
}
