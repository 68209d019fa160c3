using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Kadeploy.Cli.Client;

/// <summary><c>client.yaml</c>: <c>server</c>, <c>tokenFile</c>, <c>fingerprint</c>, and <c>servers</c>, which has the same for each of several by name. All optional.</summary>
/// <param name="Server">Address of the controller.</param>
/// <param name="TokenFile">File that holds the token.</param>
/// <param name="Fingerprint">SHA-256 of the controller's certificate.</param>
internal sealed record ClientFile(string? Server, string? TokenFile, string? Fingerprint)
{
    private static readonly ClientFile Empty = new(null, null, null);

    /// <summary>Controllers for -M, in the order of the file.</summary>
    public IReadOnlyList<(string Name, ClientFile Settings)> Servers { get; init; } = [];

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

    private static Answer<ClientFile> FromMapping(string path, YamlMappingNode mapping, int depth = 0)
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
                case "servers" when depth == 0 && value is YamlMappingNode several:
                    if (!ReadServers(path, several).TryGet(out var servers, out var failure))
                        return failure;
                    result = result with { Servers = servers };
                    break;
                default:
                    return new Failure("client-file", $"{path}, line {key.Start.Line}: unknown key '{name}'; known are server, tokenFile, fingerprint{(depth == 0 ? " and servers" : "")}");
            }
        }

        return result;
    }

    private static Answer<List<(string Name, ClientFile Settings)>> ReadServers(string path, YamlMappingNode several)
    {
        var servers = new List<(string, ClientFile)>();
        foreach (var (key, value) in several)
        {
            var name = (key as YamlScalarNode)?.Value ?? "";
            if (value is not YamlMappingNode mapping)
                return new Failure("client-file", $"{path}, line {key.Start.Line}: servers.{name}: expected 'server:', and 'tokenFile:' and 'fingerprint:' where they differ");
            if (!FromMapping(path, mapping, depth: 1).TryGet(out var settings, out var failure))
                return failure;
            if (settings.Server is null)
                return new Failure("client-file", $"{path}, line {key.Start.Line}: servers.{name} has no 'server:'");
            servers.Add((name, settings));
        }

        return servers;
    }
}
