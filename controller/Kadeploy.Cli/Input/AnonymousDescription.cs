using System.Security.Cryptography;
using System.Text;
using Kadeploy.Cli.Client;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Kadeploy.Cli.Input;

/// <summary>A description that is deployed without having been registered, as Kadeploy3's -a: it gets a name of its own, by its text, and is private.</summary>
/// <param name="Name">Its name: the same text has the same.</param>
/// <param name="Text">The description under that name.</param>
internal sealed record AnonymousDescription(string Name, string Text)
{
    /// <param name="text">The description as it was written.</param>
    /// <param name="file">Where it came from, for messages.</param>
    public static Answer<AnonymousDescription> Of(string text, string file)
    {
        try
        {
            var yaml = new YamlStream();
            yaml.Load(new StringReader(text));
            if (yaml.Documents is not [{ RootNode: YamlMappingNode root }])
                return Failure.Usage($"-a {file}: is no description of an environment");
            var name = "anonymous-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..12];
            foreach (var (key, value) in new[] { ("name", name), ("version", "1"), ("visibility", "private") })
                root.Children[new YamlScalarNode(key)] = new YamlScalarNode(value);
            using var written = new StringWriter();
            yaml.Save(written, assignAnchors: false);
            return new AnonymousDescription(name, written.ToString());
        }
        catch (YamlException e)
        {
            return Failure.Usage($"-a {file}, line {e.Start.Line}: {Output.Printable.Line(e.Message, 200)}");
        }
    }
}
