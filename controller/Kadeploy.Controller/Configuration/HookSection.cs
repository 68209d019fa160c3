using Kadeploy.Controller.Programs;
using Kadeploy.Controller.Yaml;
using Kadeploy.Deployments.Engine;

namespace Kadeploy.Controller.Configuration;

/// <summary>The administrator's commands at the end of operations.</summary>
/// <param name="Commands">By kind of operation.</param>
/// <param name="Timeout">How long each may take.</param>
internal sealed record HookSection(IReadOnlyDictionary<OperationKind, SiteCommand> Commands, TimeSpan Timeout)
{
    private static readonly string[] Words = ["kind", "state", "good", "bad"];

    public static HookSection Read(YamlMap root)
    {
        var commands = new Dictionary<OperationKind, SiteCommand>();
        var map = root.Map("hooks");
        foreach (var (key, kind) in new[] { ("deployment", OperationKind.Deployment), ("reboot", OperationKind.Reboot), ("power", OperationKind.Power) })
            if (map?.Has(key) == true)
                commands[kind] = PlanSection.Command(map, key, Words);
        var timeout = map is null ? TimeSpan.FromSeconds(60) : ConfigurationFile.Duration(map, "timeout", TimeSpan.FromSeconds(60));
        map?.RefuseUnread();
        return new HookSection(commands, timeout);
    }
}
