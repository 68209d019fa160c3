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
        if (!Address(url).TryGet(out var bmc, out var failure))
            return failure;
        if (passwordFile is null)
            return Failure.Usage("--bmc needs --bmc-password-file FILE ('-' reads the password from standard input)");
        return Password(passwordFile).TryGet(out var password, out failure) ? new BmcCredentials(bmc.Kind, bmc.Host, bmc.Port, bmc.User, password) : failure;
    }

    /// <summary>What of a BMC that is there is to change: all that the URL says, and the password if a file is named.</summary>
    public static Answer<ChangeBmc> ReadChange(string? url, string? passwordFile)
    {
        BmcInfo? bmc = null;
        string? password = null;
        if ((url is not null && !Address(url).TryGet(out bmc, out var failure)) || (passwordFile is not null && !Password(passwordFile).TryGet(out password, out failure)))
            return failure;
        return new ChangeBmc(bmc?.Kind, bmc?.Host, bmc?.Port, bmc?.User, password);
    }

    private static Answer<BmcInfo> Address(string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("ipmi" or "redfish") || uri.Host.Length == 0)
            return Failure.Usage($"--bmc '{url}': write it as ipmi://USER@HOST or redfish://USER@HOST, with :PORT where it is another");
        if (uri.UserInfo.Contains(':', StringComparison.Ordinal))
            return Failure.Usage("--bmc: a password on the command line can be read by everyone on this machine; put it into a file and name that with --bmc-password-file");
        if (uri.UserInfo.Length == 0)
            return Failure.Usage($"--bmc '{url}': names no user; write it as {uri.Scheme}://USER@HOST");
        if (uri.PathAndQuery.Trim('/').Length > 0 || uri.Fragment.Length > 0)
            return Failure.Usage($"--bmc '{url}': nothing may follow the host and port");
        var host = uri.HostNameType == UriHostNameType.IPv6 ? uri.Host.Trim('[', ']') : uri.Host;
        return new BmcInfo(uri.Scheme, host, uri.Port > 0 ? uri.Port : uri.Scheme == "ipmi" ? IpmiPort : RedfishPort, Uri.UnescapeDataString(uri.UserInfo));
    }

    private static Answer<string> Password(string file)
    {
        if (!TextInput.Read(file, "--bmc-password-file").TryGet(out var text, out var failure))
            return failure;
        var password = text.Split('\n')[0].TrimEnd('\r');
        return password.Length > 0 ? password : Failure.Usage($"--bmc-password-file {file}: its first line is empty");
    }
}
