using Kadeploy.Controller.Yaml;

namespace Kadeploy.Controller.Configuration;

/// <summary>An entry of <c>webhooks</c>: who is told of the end of every operation.</summary>
/// <param name="Url">Gets a POST.</param>
/// <param name="SecretFile">File with the key of the signature; null: not signed.</param>
internal sealed record WebhookConfiguration(Uri Url, string? SecretFile)
{
    public static IReadOnlyList<WebhookConfiguration> Read(YamlMap root)
    {
        var hooks = (root.Maps("webhooks") ?? []).Select(One).ToList();
        return hooks.GroupBy(hook => hook.Url).FirstOrDefault(same => same.Count() > 1) is { Key: var twice } ? throw root.Wrong("webhooks", $"{twice} is there twice") : hooks;
    }

    private static WebhookConfiguration One(YamlMap map)
    {
        var text = map.RequiredText("url");
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || url.UserInfo.Length > 0)
            throw map.Wrong("url", $"'{text}' is no http or https address");
        var secret = ConfigurationFile.SecretFile(map, "secretFile");
        map.RefuseUnread();
        return new WebhookConfiguration(url, secret);
    }
}
