namespace Kadeploy.Api.Users;

/// <summary><c>GET /v1/me</c>: who the controller takes the caller for.</summary>
/// <param name="User">Name.</param>
/// <param name="Administrator">Whether every right is theirs.</param>
/// <param name="By">How they proved it: <c>token</c>, <c>password</c> or <c>proxy</c>.</param>
public sealed record WhoAmI(string User, bool Administrator, string By);
