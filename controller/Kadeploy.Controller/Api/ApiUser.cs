namespace Kadeploy.Controller.Api;

/// <summary>Who asks. One token, one user so far.</summary>
internal static class ApiUser
{
    public const string Administrator = "admin";
}
