namespace Kadeploy.Simulation;

/// <summary>What is wrong with one simulated node. Probabilities are per action.</summary>
internal sealed record Faults
{
    public static Faults None { get; } = new();

    /// <summary>The BMC never answers.</summary>
    public bool DeafBmc { get; init; }

    /// <summary>The BMC says yes and does nothing.</summary>
    public double LyingBmc { get; init; }

    /// <summary>The BMC does not answer for the time being.</summary>
    public double FlappingBmc { get; init; }

    /// <summary>The BMC takes this many times as long.</summary>
    public double BmcSlowness { get; init; } = 1;

    /// <summary>A boot never comes to an end.</summary>
    public double BootHangs { get; init; }

    /// <summary>The machine boots from its disk whatever its profile says.</summary>
    public double IgnoresPxe { get; init; }

    /// <summary>The agent dies during a step and comes back without memory.</summary>
    public double AgentRestarts { get; init; }

    /// <summary>The machine freezes during a step.</summary>
    public double Freezes { get; init; }

    /// <summary>The disk refuses to be written.</summary>
    public bool BadDisk { get; init; }

    /// <summary>Everything takes this many times as long.</summary>
    public double Slowness { get; init; } = 1;

    /// <summary>The driver itself is at fault: throws, or returns without a word.</summary>
    public double DriverBugs { get; init; }

    public bool IsHealthy => this == None;

    public static Faults Draw(Random random) => random.Next(18) switch
    {
        < 6 => None,
        6 => new() { DeafBmc = true },
        7 => new() { LyingBmc = 0.6 },
        8 => new() { BootHangs = 0.4 },
        9 => new() { IgnoresPxe = 0.4 },
        10 => new() { AgentRestarts = 0.3 },
        11 => new() { Freezes = 0.2 },
        12 => new() { BadDisk = true },
        13 => new() { Slowness = 8 },
        14 => new() { DriverBugs = 0.15 },
        15 => new() { FlappingBmc = 0.5 },
        16 => new() { BmcSlowness = 30 },
        _ => new() { LyingBmc = 0.2, FlappingBmc = 0.1, BmcSlowness = 3, BootHangs = 0.1, IgnoresPxe = 0.1, AgentRestarts = 0.1, Freezes = 0.05, Slowness = 2, DriverBugs = 0.05 },
    };
}
