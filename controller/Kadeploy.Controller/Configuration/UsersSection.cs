using System.Net;
using Kadeploy.Controller.Users;
using Kadeploy.Controller.Yaml;

namespace Kadeploy.Controller.Configuration;

/// <summary>Reads the sections <c>users</c> and <c>groups</c>.</summary>
internal static class UsersSection
{
    private const string HeaderCharacters = "!#$%&'*+-.^_`|~"; // RFC 9110, 5.6.2: token

    public static UsersConfiguration Read(YamlMap root)
    {
        if (root.Map("users") is not { } map)
            return UsersConfiguration.Default;
        var administrators = new HashSet<string>(StringComparer.Ordinal) { UserNames.FirstAdministrator };
        foreach (var name in map.Texts("administrators") ?? [])
            administrators.Add(UserNames.IsGood(name) ? name : throw map.Wrong("administrators", $"'{name}' is no user name: {UserNames.Expected}"));
        var passwords = ConfigurationFile.SecretFile(map, "passwordFile");
        string? header = null;
        List<IPNetwork> addresses = [];
        if (map.Map("trustedProxy") is { } proxy)
        {
            header = proxy.RequiredText("header");
            if (!header.All(c => char.IsAsciiLetterOrDigit(c) || HeaderCharacters.Contains(c, StringComparison.Ordinal)))
                throw proxy.Wrong("header", $"'{header}' is no name of an HTTP header");
            addresses = [.. (proxy.Texts("addresses") ?? []).Select(text => Network(text) ?? throw proxy.Wrong("addresses", $"'{text}' is neither an IP address nor a network such as 10.0.0.0/24"))];
            if (addresses.Count == 0)
                throw proxy.Wrong("addresses", "is missing: the addresses from which the header is believed");
            proxy.RefuseUnread();
        }
        map.RefuseUnread();
        return new UsersConfiguration(administrators, passwords, header, addresses);
    }

    private static IPNetwork? Network(string text) =>
        IPAddress.TryParse(text, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
        : IPNetwork.TryParse(text, out var network) ? network
        : null;
}
