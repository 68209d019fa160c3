namespace Kadeploy.Deployments.Plans;

/// <summary>The plan of a broadcast: one file to nodes whose agents run, and nothing else.</summary>
public static class BroadcastPlan
{
    /// <summary>The micro-step's name.</summary>
    public const string Step = "send_file";

    /// <summary>What the id of every broadcast begins with, and of nothing else.</summary>
    public const string Prefix = "B-";

    /// <summary>Makes it.</summary>
    public static Plan Make() => new(
    [
        new MacroStep("BroadcastEnv", [new StepInstance("BroadcastFile", 0, null, [new MicroStep(Step, new Dictionary<string, string>(), StepCatalogue.Find(Step)!.DefaultLimit)])]),
    ]);

    /// <summary>A new operation's id.</summary>
    public static string NewId() => $"{Prefix}{Guid.NewGuid():D}";

    /// <summary>Whether an operation is a broadcast: it says nothing about what is installed on a node.</summary>
    public static bool Is(string operation)
    {
        ArgumentNullException.ThrowIfNull(operation);
        return operation.StartsWith(Prefix, StringComparison.Ordinal);
    }
}
