using System.Globalization;

namespace Kadeploy.FleetAgents;

/// <summary>What fleet is wanted.</summary>
internal sealed record FleetOptions
{
    public int Nodes { get; init; } = 100;

    public required string Folder { get; init; }

    public required string Kadeployd { get; init; }

    public required string Kadeploy { get; init; }

    public int FirstPort { get; init; } = 26300;

    public int Seed { get; init; } = 1;

    /// <summary>
    /// Times of the slowest machine; the quickest needs <see cref="Quickest"/> of them. Those of a quick server: all machines and their controller
    /// share one machine here, and what it needs for thousands of machines must pass in the time that theirs take.
    /// </summary>
    public TimeSpan Firmware { get; init; } = TimeSpan.FromSeconds(90);

    public TimeSpan Kernel { get; init; } = TimeSpan.FromSeconds(15);

    public TimeSpan Image { get; init; } = TimeSpan.FromSeconds(60);

    public TimeSpan Step { get; init; } = TimeSpan.FromMilliseconds(500);

    public TimeSpan WaitReboot { get; init; } = TimeSpan.FromSeconds(150);

    /// <summary>What the quickest machine needs of the slowest one's times.</summary>
    public const double Quickest = 0.7;

    /// <summary>The slowest healthy machine is back within it once half of them are, unless this machine is starved.</summary>
    public TimeSpan RebootPatience { get => field > TimeSpan.Zero ? field : (Firmware + Kernel) * (1 - Quickest) * 0.6 + TimeSpan.FromSeconds(1); init; }

    /// <summary>Nothing may take longer as a whole.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromMinutes(20);

    /// <summary>Event streams that are open while it is deployed.</summary>
    public int Watchers { get; init; }

    /// <summary>Questions a second to the REST API meanwhile.</summary>
    public int Requests { get; init; }

    /// <summary>Further lines of kadeployd.yaml.</summary>
    public string Yaml { get; init; } = "";

    /// <exception cref="ArgumentException">An option is unknown or has no value that makes sense.</exception>
    public static FleetOptions Parse(IReadOnlyList<string> arguments)
    {
        var given = new Dictionary<string, string>();
        for (var i = 0; i + 1 < arguments.Count; i += 2)
            given[arguments[i]] = arguments[i + 1];
        if (arguments.Count % 2 != 0 || given.Keys.Except(["--nodes", "--folder", "--kadeployd", "--kadeploy", "--seed", "--firmware", "--kernel", "--image", "--step", "--wait", "--watchers", "--requests"]).Any())
            throw new ArgumentException("usage: fleet --folder DIR --kadeployd FILE --kadeploy FILE [--nodes N] [--seed N] [--firmware S] [--kernel S] [--image S] [--step S] [--wait S] [--watchers N] [--requests N]");
        var options = new FleetOptions { Folder = given["--folder"], Kadeployd = given["--kadeployd"], Kadeploy = given["--kadeploy"] };
        return options with
        {
            Nodes = (int)Number("--nodes", options.Nodes),
            Seed = (int)Number("--seed", options.Seed),
            Firmware = Seconds("--firmware", options.Firmware),
            Kernel = Seconds("--kernel", options.Kernel),
            Image = Seconds("--image", options.Image),
            Step = Seconds("--step", options.Step),
            WaitReboot = Seconds("--wait", options.WaitReboot),
            Watchers = (int)Number("--watchers", 0),
            Requests = (int)Number("--requests", 0),
        };

        double Number(string name, double fallback) => given.TryGetValue(name, out var text) ? double.Parse(text, CultureInfo.InvariantCulture) : fallback;

        TimeSpan Seconds(string name, TimeSpan fallback) => TimeSpan.FromSeconds(Number(name, fallback.TotalSeconds));
    }
}
