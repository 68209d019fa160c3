using Kadeploy.Controller.Programs;
using Kadeploy.Controller.Yaml;
using Kadeploy.Deployments.Environments;
using Kadeploy.Deployments.Plans;

namespace Kadeploy.Controller.Configuration;

/// <summary>What a cluster says about its plans: instances, deadlines, custom operations, and the site's own commands.</summary>
internal static class PlanSection
{
    private static readonly string[] Macros = ["SetDeploymentEnv", "BroadcastEnv", "BootNewEnv"];
    private static readonly string[] Compressions = ["none", "gzip", "bzip2", "xz", "zstd"];

    /// <summary><c>steps</c>: for each macro-step a list of instances, the first one tried first.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<InstanceSettings>> Steps(YamlMap cluster, IReadOnlyDictionary<string, IReadOnlyList<InstanceSettings>> basis)
    {
        if (cluster.Map("steps") is not { } map)
            return basis;
        var steps = basis.ToDictionary();
        foreach (var macro in Macros)
        {
            if (map.Maps(macro) is not { } list)
                continue;
            if (list.Count == 0)
                throw map.Wrong(macro, "at least one instance is needed");
            steps[macro] = [.. list.Select(instance => Instance(macro, instance))];
        }
        map.RefuseUnread();
        return steps;
    }

    /// <summary>A number of seconds, a duration such as <c>20m</c>, or a formula of the number of nodes <c>n</c>.</summary>
    public static TimeLimit? Limit(YamlMap map, string key)
    {
        if (map.Text(key) is not { } text)
            return null;
        if (Quantities.Duration(text) is { } duration)
            return TimeLimit.Seconds(duration.TotalSeconds);
        var limit = new TimeLimit(text);
        return (limit.Problem() ?? (limit.For(1) == TimeSpan.Zero ? $"'{text}' is no time at all" : null)) is { } problem
            ? throw map.Wrong(key, $"{problem} (a duration such as 90, 5m or 1h, or a formula such as 200+150*log(n), is expected)")
            : limit;
    }

    /// <summary><c>rebootPatience</c>: as a limit, or <c>none</c>.</summary>
    public static TimeLimit? Patience(YamlMap cluster, TimeLimit? basis) =>
        !cluster.Has("rebootPatience") ? basis
        : cluster.Text("rebootPatience") == "none" ? null
        : Limit(cluster, "rebootPatience");

    /// <summary><c>customOperations</c>: Kadeploy3's form, <c>MACRO: {micro_step: {pre-ops: […], post-ops: […], substitute: […]}}</c>.</summary>
    public static IReadOnlyList<PlacedOperation> CustomOperations(YamlMap cluster, IReadOnlyList<PlacedOperation> basis)
    {
        if (cluster.Map("customOperations") is not { } stages)
            return basis;
        var operations = new List<PlacedOperation>();
        foreach (var stage in stages.Keys.ToList())
        {
            var micros = stages.Map(stage) ?? throw stages.Wrong(stage, "micro-steps are expected");
            foreach (var micro in micros.Keys.ToList())
            {
                var at = micros.Map(micro) ?? throw micros.Wrong(micro, "pre-ops, post-ops or substitute are expected");
                foreach (var (key, when) in new[] { ("pre-ops", Placement.Before), ("substitute", Placement.Instead), ("post-ops", Placement.After) })
                    foreach (var map in at.Maps(key) ?? [])
                    {
                        var placed = new PlacedOperation(stage, micro, when, Operation(map));
                        if (placed.Problems("") is [var error, ..])
                            throw error.Field == ".step" ? micros.Wrong(micro, error.Message) : map.Wrong(error.Field[1..], error.Message);
                        operations.Add(placed);
                    }
                at.RefuseUnread();
            }
        }
        return operations;
    }

    public static VlanSettings? Vlan(YamlMap cluster, VlanSettings? basis)
    {
        if (cluster.Map("vlan") is not { } map)
            return basis;
        var vlan = new VlanSettings(Command(map, "command", VlanSettings.Words), map.Text("address") ?? VlanSettings.DefaultAddress);
        map.RefuseUnread();
        return vlan;
    }

    public static BroadcastSettings? Broadcast(YamlMap cluster, BroadcastSettings? basis)
    {
        if (cluster.Map("broadcast") is not { } map)
            return basis;
        var broadcast = new BroadcastSettings(Command(map, "command", BroadcastSettings.Words), map.Text("receive") ?? "");
        map.RefuseUnread();
        return broadcast;
    }

    /// <summary><c>preinstall</c> and <c>postinstall</c>: an archive on the controller and the command inside it, or a script's text.</summary>
    public static Postinstall? Script(YamlMap cluster, string key, Postinstall? basis)
    {
        if (cluster.Map(key) is not { } map)
            return basis;
        var script = map.Text("archive") is { } archive
            ? new Postinstall(ExistingFile(map, "archive", archive), map.OneOf("compression", "none", Compressions), map.RequiredText("script"))
            : new Postinstall("", "none", map.RequiredText("script"));
        map.RefuseUnread();
        return script;
    }

    /// <summary>A command of the administrator's: a list of its arguments.</summary>
    public static SiteCommand Command(YamlMap map, string key, IReadOnlyList<string> words)
    {
        var command = new SiteCommand(map.Texts(key) ?? []);
        return command.Problem(words) is { } problem ? throw map.Wrong(key, problem) : command;
    }

    private static InstanceSettings Instance(string macro, YamlMap map)
    {
        var type = map.RequiredText("type");
        if (InstanceCatalogue.Problem(macro, type) is { } problem)
            throw map.Wrong("type", problem);
        var instance = new InstanceSettings(type, (int)map.Number("retries", 0, 0, 100), Limit(map, "timeout"));
        map.RefuseUnread();
        return instance;
    }

    private static CustomOperation Operation(YamlMap map)
    {
        var action = map.OneOf("action", "", "exec", "send", "run");
        var file = map.Text("file");
        var operation = new CustomOperation(
            map.Text("name") ?? "",
            action switch { "exec" => CustomAction.Exec, "send" => CustomAction.Send, _ => CustomAction.Run },
            map.Text("command") ?? "",
            file is null ? "" : Convert.ToBase64String(File.ReadAllBytes(ExistingFile(map, "file", file))),
            map.Text("destination") ?? "",
            map.Text("params") ?? "",
            Limit(map, "timeout") ?? CustomOperation.DefaultTimeout,
            (int)map.Number("retries", 0, 0, 100),
            map.OneOf("on-failure", "fail", "fail", "ignore") == "ignore");
        // Kadeploy3's choice between TakTuk's trees; every node has a connection of its own here.
        map.Has("scattering");
        map.RefuseUnread();
        return operation;
    }

    private static string ExistingFile(YamlMap map, string key, string path) =>
        !Path.IsPathFullyQualified(path) ? throw map.Wrong(key, $"'{path}' is not an absolute path")
        : !File.Exists(path) ? throw map.Wrong(key, $"there is no {path}")
        : path;
}
