using Kadeploy.Api.Nodes;
using Kadeploy.Cli.Client;

namespace Kadeploy.Cli.Input;

/// <summary>A BMC as the user writes it: <c>ipmi://user@host[:port]</c> or <c>redfish://user@host[:port]</c>, and its password in a file.</summary>
internal static class BmcOptions
{
    private const int IpmiPort = 623;
    private const int RedfishPort = 443;

    public static Answer<BmcCredentials> Read(string url, string? passwordFile)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("ipmi" or "redfish") || uri.Host.Length == 0)
            return Failure.Usage($"--bmc '{url}': write it as ipmi://USER@HOST or redfish://USER@HOST, with :PORT where it is another");
        if (uri.UserInfo.Contains(':', StringComparison.Ordinal))
            return Failure.Usage("--bmc: a password on the command line can be read by everyone on this machine; put it into a file and name that with --bmc-password-file");
        if (uri.UserInfo.Length == 0)
            return Failure.Usage($"--bmc '{url}': names no user; write it as {uri.Scheme}://USER@HOST");
        if (uri.PathAndQuery.Trim('/').Length > 0 || uri.Fragment.Length > 0)
            return Failure.Usage($"--bmc '{url}': nothing may follow the host and port");
        if (passwordFile is null)
            return Failure.Usage("--bmc needs --bmc-password-file FILE ('-' reads the password from standard input)");
        if (!TextInput.Read(passwordFile, "--bmc-password-file").TryGet(out var text, out var failure))
            return failure;

        var password = text.Split('\n')[0].TrimEnd('\r');
        if (password.Length == 0)
            return Failure.Usage($"--bmc-password-file {passwordFile}: its first line is empty");
        var host = uri.HostNameType == UriHostNameType.IPv6 ? uri.Host.Trim('[', ']') : uri.Host;
        return new BmcCredentials(uri.Scheme, host, uri.Port > 0 ? uri.Port : uri.Scheme == "ipmi" ? IpmiPort : RedfishPort, Uri.UnescapeDataString(uri.UserInfo), password);
    }
}
