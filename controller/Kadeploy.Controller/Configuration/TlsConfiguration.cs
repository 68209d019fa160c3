using Kadeploy.Controller.Yaml;

namespace Kadeploy.Controller.Configuration;

/// <summary>The <c>tls</c> section: what the REST API shows.</summary>
/// <param name="Enabled">False only behind a reverse proxy on this machine, or in a test.</param>
/// <param name="Certificate">PEM file of the site's certificate and its chain; null: one that is made at the first start.</param>
/// <param name="Key">PEM file of its private key.</param>
internal sealed record TlsConfiguration(bool Enabled, string? Certificate, string? Key)
{
    public static TlsConfiguration Read(YamlMap root)
    {
        if (root.Map("tls") is not { } map)
            return new TlsConfiguration(true, null, null);
        var tls = new TlsConfiguration(map.Flag("enabled", true), ConfigurationFile.ExistingFile(map, "certificate"), ConfigurationFile.SecretFile(map, "key"));
        if (tls.Certificate is null != tls.Key is null)
            throw map.Wrong(tls.Key is null ? "key" : "certificate", "certificate and key belong together: the other one is missing");
        map.RefuseUnread();
        return tls;
    }
}
