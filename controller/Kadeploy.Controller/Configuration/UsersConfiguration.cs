using System.Net;

namespace Kadeploy.Controller.Configuration;

/// <summary>The <c>users</c> section: who may come in, besides by token.</summary>
/// <param name="Administrators">Users to whom everything is allowed; <c>admin</c> always is one.</param>
/// <param name="PasswordFile">File of <c>user:hash</c> lines for HTTP Basic; null: no passwords.</param>
/// <param name="ProxyHeader">Header in which a reverse proxy names the user; null: none is believed.</param>
/// <param name="ProxyAddresses">The addresses from which that header is believed.</param>
internal sealed record UsersConfiguration(
    IReadOnlySet<string> Administrators, string? PasswordFile, string? ProxyHeader, IReadOnlyList<IPNetwork> ProxyAddresses)
{
    public static UsersConfiguration Default { get; } = new(new HashSet<string> { Users.UserNames.FirstAdministrator }, null, null, []);
}
