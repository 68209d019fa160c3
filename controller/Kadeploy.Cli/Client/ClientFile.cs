using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Kadeploy.Cli.Client;

/// <summary><c>client.yaml</c>: <c>server</c>, <c>tokenFile</c> and <c>fingerprint</c>, all optional.</summary>
/// <param name="Server">Address of the controller.</param>
/// <param name="TokenFile">File that holds the token.</param>
/// <param name="Fingerprint">SHA-256 of the controller's certificate.</param>
internal sealed record ClientFile(string? Server, string? TokenFile, string? Fingerprint)
{
    private static readonly ClientFile Empty = new(null, null, null);

    /// <summary>Reads a settings file; one that does not exist says nothing. An unknown key is refused with its line.</summary>
    public static Answer<ClientFile> Read(string path)
    {
        if (!File.Exists(path))
            return Empty;
        try
        {
            using var reader = new StreamReader(path);
            var yaml = new YamlStream();
            yaml.Load(reader);
            if (yaml.Documents.Count == 0)
                return Empty;
            if (yaml.Documents[0].RootNode is not YamlMappingNode mapping)
                return new Failure("client-file", $"{path}: expected 'server:' and 'tokenFile:'");
            return FromMapping(path, mapping);
        }
        catch (YamlException e)
        {
            return new Failure("client-file", $"{path}, line {e.Start.Line}: {e.Message}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Failure("client-file", $"{path} cannot be read: {e.Message}");
        }
    }

    private static Answer<ClientFile> FromMapping(string path, YamlMappingNode mapping)
    {
        var result = Empty;
        foreach (var (key, value) in mapping)
        {
            var name = (key as YamlScalarNode)?.Value;
            var text = (value as YamlScalarNode)?.Value;
            switch (name)
            {
                case "server":
                    result = result with { Server = text };
                    break;
                case "tokenFile":
                    result = result with { TokenFile = text };
                    break;
                case "fingerprint":
                    result = result with { Fingerprint = text };
                    break;
                default:
                    return new Failure("client-file", $"{path}, line {key.Start.Line}: unknown key '{name}'; known are server, tokenFile and fingerprint");
            }
        }

        return result;
    }
}
