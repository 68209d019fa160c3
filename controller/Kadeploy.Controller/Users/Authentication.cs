using System.Net;
using System.Text;
using Kadeploy.Controller.Api;
using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Storage;

namespace Kadeploy.Controller.Users;

/// <summary>
/// Who asks: 1. a reverse proxy that is listed and names the user; 2. a bearer token (RFC 6750): the first administrator's, or one from the store;
/// 3. a name with its password (HTTP Basic, RFC 7617).
/// </summary>
internal sealed class Authentication : IDisposable
{
    private readonly UsersConfiguration _users;
    private readonly AdminToken _admin;
    private readonly ApiTokenStore _tokens;
    private readonly PasswordFile? _passwords;
    private readonly LoginAttempts _attempts;

    public Authentication(ControllerConfiguration configuration, AdminToken admin, ApiTokenStore tokens, TimeProvider time, ILogger<Authentication> log)
    {
        (_users, _admin, _tokens, _attempts) = (configuration.Users, admin, tokens, new LoginAttempts(time));
        _passwords = _users.PasswordFile is { } file ? new PasswordFile(file, log) : null;
    }

    /// <summary>The schemes to name in a refusal.</summary>
    public string Challenge => _passwords is null ? "Bearer" : "Bearer, Basic realm=\"kadeploy\", charset=\"UTF-8\"";

    /// <summary>The caller, or why there is none.</summary>
    public async Task<(Caller? Caller, int Status, string Why)> IdentifyAsync(HttpContext http)
    {
        var address = http.Connection.RemoteIpAddress is { } ip ? ip.IsIPv4MappedToIPv6 ? ip.MapToIPv4() : ip : IPAddress.None;
        // 1
        if (_users.ProxyHeader is { } header && _users.ProxyAddresses.Any(network => network.Contains(address)) && http.Request.Headers[header] is { Count: > 0 } named)
            return named is [var name] && UserNames.IsGood(name) ? Good(name!, "proxy") : Bad($"the proxy names no user: {header} must be {UserNames.Expected}");

        // 2
        var authorization = http.Request.Headers.Authorization;
        if (authorization.Count != 1 || authorization[0] is not { Length: > 0 and < 4096 } value)
            return Bad("send 'Authorization: Bearer TOKEN'; the administrator's token lies in admin.token in the controller's state directory");
        if (Credentials(value, "Bearer ") is { } token)
            return _admin.Matches(token) ? Good(UserNames.FirstAdministrator, "token")
                : _tokens.Accept(token) is { } info ? Good(info.User, "token", info.ExpiresAt)
                : Bad("the token is unknown, has expired, or was revoked");

        // 3
        if (_passwords is null || Credentials(value, "Basic ") is not { } basic)
            return Bad("the way of authentication is not offered here");
        if (Decode(basic) is not var (user, password) || !UserNames.IsGood(user))
            return Bad("the name and password cannot be read");
        return await _attempts.TryAsync(address.ToString(), user, password, () => _passwords.Verify(user, password), http.RequestAborted) switch
        {
            true => Good(user, "password"),
            false => Bad("the name or the password is wrong"),
            null => (null, 429, "too many wrong passwords from this address: wait a minute"),
        };

        (Caller?, int, string) Good(string who, string by, DateTimeOffset? until = null) =>
            (new Caller(who, _users.Administrators.Contains(who), by, address.ToString(), until), 200, "");

        static (Caller?, int, string) Bad(string why) => (null, 401, why);
    }

    public void Dispose() => _attempts.Dispose();

    private static string? Credentials(string header, string scheme) =>
        header.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) ? header[scheme.Length..].Trim() : null;

    private static (string User, string Password)? Decode(string basic)
    {
        var bytes = new byte[basic.Length];
        if (!Convert.TryFromBase64String(basic, bytes, out var length))
            return null;
        var text = Encoding.UTF8.GetString(bytes, 0, length);
        return text.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon ? (text[..colon], text[(colon + 1)..]) : null;
    }
}
