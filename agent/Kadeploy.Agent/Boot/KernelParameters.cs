using Kadeploy.Agent.Disks;

namespace Kadeploy.Agent.Boot;

/// <summary>The installed kernel's command line.</summary>
internal static class KernelParameters
{
    /// <summary>
    /// Adds root= unless the environment says it itself. Without an initrd nobody can look for a UUID inside file systems: the kernel itself
    /// knows PARTUUID only (Documentation/admin-guide/kernel-parameters.txt, root=).
    /// </summary>
    public static string For(string parameters, Signature root, bool hasInitrd)
    {
        if (KernelCommandLine.Words(parameters).Any(word => word.StartsWith("root=", StringComparison.Ordinal)))
            return parameters.Trim();
        return $"root={(hasInitrd ? $"UUID={root.Uuid}" : $"PARTUUID={root.PartitionUuid}")} {parameters}".Trim();
    }
}
