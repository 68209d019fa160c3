using System.Globalization;
using Kadeploy.Api.Operations;
using Kadeploy.Cli.Client;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Kadeploy.Cli.Input;

/// <summary>
/// --custom-steps: Kadeploy3's file of custom operations, <c>MACRO: {micro_step: {pre-ops: […], post-ops: […], substitute: […]}}</c>. Files that it
/// names are read here, relative to it, and travel with the request. What the words mean is the controller's to say.
/// </summary>
internal sealed class CustomSteps(string path)
{
    private const int LongestFile = 1 << 20;
    private static readonly Dictionary<string, Placement> Places = new() { ["pre-ops"] = Placement.Before, ["post-ops"] = Placement.After, ["substitute"] = Placement.Instead };
    private readonly List<CustomOperation> _operations = [];

    public static Answer<List<CustomOperation>> Read(string path)
    {
        if (!TextInput.Read(path, "--custom-steps").TryGet(out var text, out var failure))
            return failure;
        try
        {
            var yaml = new YamlStream();
            yaml.Load(new StringReader(text));
            if (yaml.Documents.Count != 1 || yaml.Documents[0].RootNode is not YamlMappingNode root)
                return Failure.Usage($"--custom-steps {path}: macro-steps with their micro-steps are expected");
            var steps = new CustomSteps(path);
            steps.Stages(root);
            return steps._operations.Count > 0 ? steps._operations : Failure.Usage($"--custom-steps {path}: names no operation");
        }
        catch (YamlException e)
        {
            return Failure.Usage($"--custom-steps {path}, line {e.Start.Line}: {e.Message}");
        }
    }

    private void Stages(YamlMappingNode root)
    {
        foreach (var (stage, micros) in Pairs(root, "a macro-step"))
            foreach (var (micro, places) in Pairs(micros, "micro-steps"))
                foreach (var (place, list) in Pairs(places, "pre-ops, post-ops or substitute"))
                {
                    if (place == "override")
                        throw Wrong(list, "the site's own operations cannot be overridden");
                    if (!Places.TryGetValue(place, out var when))
                        throw Wrong(list, $"'{place}' is none of {string.Join(", ", Places.Keys)}");
                    if (list is not YamlSequenceNode operations)
                        throw Wrong(list, $"{place}: a list of operations is expected");
                    foreach (var operation in operations)
                        _operations.Add(Operation($"{stage}/{micro}", when, operation));
                }
    }

    private CustomOperation Operation(string step, Placement when, YamlNode node)
    {
        var fields = Pairs(node, "an operation").ToDictionary(f => f.Key, f => f.Value);
        var name = Text("name") ?? throw Wrong(node, "name: an operation needs one");
        var action = Text("action") ?? throw Wrong(node, $"{name}: action: exec, send or run is expected");
        var file = Text("file");
        var operation = new CustomOperation(
            step,
            when,
            name,
            action switch { "exec" => CustomAction.Exec, "send" => CustomAction.Send, "run" => CustomAction.Run, _ => throw Wrong(node, $"{name}: action: '{action}' is none of exec, send, run") },
            Text("command"),
            file is null ? null : Content(node, name, file),
            Text("destination"),
            Text("params"),
            Text("timeout"),
            Number("retries"),
            Text("on-failure") switch
            {
                null => null,
                "fail" => FailurePolicy.Fail,
                "ignore" => FailurePolicy.Ignore,
                var other => throw Wrong(node, $"{name}: on-failure: '{other}' is neither fail nor ignore"),
            });
        Text("scattering");
        if (fields.Count > 0)
            throw Wrong(node, $"{name}: unknown key '{fields.Keys.First()}'; known: name, action, command, file, params, destination, timeout, retries, on-failure");
        return operation;

        string? Text(string key) => fields.Remove(key, out var value)
            ? (value as YamlScalarNode)?.Value ?? throw Wrong(value, $"{key}: a text is expected")
            : null;

        int Number(string key) => Text(key) is not { } text ? 0
            : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number
            : throw Wrong(node, $"{name}: {key}: '{text}' is no number");
    }

    private string Content(YamlNode at, string name, string file)
    {
        var full = Path.Combine(path == "-" ? "." : Path.GetDirectoryName(Path.GetFullPath(path))!, file);
        try
        {
            if (new FileInfo(full).Length > LongestFile)
                throw Wrong(at, $"{name}: file: {file} has more than {LongestFile} bytes");
            return Convert.ToBase64String(File.ReadAllBytes(full));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Wrong(at, $"{name}: file: {e.Message}");
        }
    }

    private static IEnumerable<(string Key, YamlNode Value)> Pairs(YamlNode node, string expected) => node is YamlMappingNode map
        ? map.Select(p => ((p.Key as YamlScalarNode)?.Value ?? throw Wrong(p.Key, $"{expected} expected"), p.Value))
        : throw Wrong(node, $"{expected} expected");

    private static YamlException Wrong(YamlNode at, string problem) => new(at.Start, at.End, problem);
}
