using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Environments;
using Kadeploy.Deployments.Nodes;
using Kadeploy.Deployments.Plans;

namespace Kadeploy.Deployments.Tests.Engine;

/// <summary>Requests, nodes and small plans.</summary>
internal static class Sample
{
    public static DeployableEnvironment Debian { get; } = new(
        "1", "debian12", 1, "root", new(File: "/images/debian12.tar.zst", ImageKind.Tar, "zstd", 92_000_000, new string('a', 64)),
        "ext4", "/vmlinuz", "/initrd.img", "", []);

    public static DeploymentRequest Request(string id = "D-1", string user = "alice") =>
        new(id, user, Debian, [], 3, "", "reboot", new Dictionary<string, string>());

    public static Node Node(string name) => new(name, ["52:54:00:00:00:01"], "10.0.0.1", "default", null, DiskHint.Only);

    public static IReadOnlyList<Node> Nodes(string set) => [.. NodeSet.Parse(set).Select(Node)];

    /// <summary>A plan of one macro-step a line: instances separated by '|', each "type:retries:timeout:step,step"; 10 s a step.</summary>
    public static Plan Plan(params string[] macros)
    {
        return new([.. macros.Select((m, i) => new MacroStep(StepCatalogue.MacroSteps[i], [.. m.Split('|').Select(Instance)]))]);

        static StepInstance Instance(string text)
        {
            var parts = text.Split(':');
            return new(
                parts[0],
                int.Parse(parts[1], null),
                parts[2].Length == 0 ? null : new(parts[2]),
                [.. parts[3].Split(',').Select(s => new MicroStep(s, new Dictionary<string, string>(), TimeLimit.Seconds(10)))]);
        }
    }
}
