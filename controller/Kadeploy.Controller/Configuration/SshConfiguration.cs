namespace Kadeploy.Controller.Configuration;

/// <summary>How installed systems are asked for their boot id.</summary>
/// <param name="User">User to log in as.</param>
/// <param name="Port">TCP port.</param>
/// <param name="ConnectTimeout">Time for one attempt.</param>
internal sealed record SshConfiguration(string User, int Port, TimeSpan ConnectTimeout);
