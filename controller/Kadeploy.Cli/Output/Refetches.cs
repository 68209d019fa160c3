using System.Globalization;
using Kadeploy.Api.Deployments;

namespace Kadeploy.Cli.Output;

/// <summary>Blocks that came wrong: how many, and whose they were.</summary>
internal static class Refetches
{
    public static string Describe(DeploymentProof proof)
    {
        var count = proof.Refetched.ToString(CultureInfo.InvariantCulture);
        return proof.RefetchedBlocks is { Count: > 0 } blocks
            ? $"{count} (bad from {string.Join(", ", blocks.Select(b => b.BadFrom).Distinct())})"
            : count;
    }
}
