namespace Kadeploy.Simulation;

/// <summary>What a simulated machine runs.</summary>
internal enum SimulatedSystem
{
    /// <summary>Off, in its firmware, or hanging.</summary>
    Nothing,

    /// <summary>The deployment environment with an agent.</summary>
    Deploy,

    /// <summary>What is on its disk.</summary>
    Installed,
}
