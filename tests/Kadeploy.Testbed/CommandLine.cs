using System.Globalization;

namespace Kadeploy.Testbed;

/// <summary>The program's arguments: a command, options with a value each, and what follows <c>--</c>.</summary>
internal sealed class CommandLine
{
    public const string Usage = """
        kadeploy-testbed up [--nodes N] [--uefi node-1,node-2] [--memory MIB] [--disk GIB] [--dir DIR] [--name NAME]
                            [--owner-pid PID] [--kvm-probe VMLINUZ] [--boot-port PORT]
            Brings a virtual cluster up, its machines switched off, and writes DIR/cluster.json. With --owner-pid it is removed as soon as
            that process has ended. KVM is used only when the given kernel was seen to boot under it.
        kadeploy-testbed down [--name NAME]               removes it; its directory with logs and disks stays
        kadeploy-testbed status [--name NAME]             says which machines are on
        kadeploy-testbed exec [--name NAME] -- COMMAND    runs a command inside the cluster's network
        kadeploy-testbed serial NODE [--name NAME] [--follow yes]
            Prints what the node wrote to its serial port.

        NAME is 'kadeploy' unless given, DIR out/cluster/NAME below the current folder.
        """;

    private readonly Dictionary<string, string> _options = [];

    public CommandLine(IReadOnlyList<string> arguments)
    {
        Command = arguments.Count > 0 ? arguments[0] : "help";
        var positional = new List<string>();
        for (var i = 1; i < arguments.Count; i++)
        {
            if (arguments[i] == "--")
            {
                Rest = arguments.Skip(i + 1).ToList();
                break;
            }

            if (!arguments[i].StartsWith("--", StringComparison.Ordinal))
                positional.Add(arguments[i]);
            else if (i + 1 < arguments.Count)
                _options[arguments[i]] = arguments[++i];
            else
                throw new TestbedException($"{arguments[i]} needs a value");
        }

        Positional = positional;
    }

    public string Command { get; }

    public IReadOnlyList<string> Positional { get; }

    public IReadOnlyList<string> Rest { get; } = [];

    public string Name => Take("--name") ?? "kadeploy";

    public bool Follow => Take("--follow") == "yes";

    /// <exception cref="TestbedException">An option is unknown or has no sensible value.</exception>
    public ClusterOptions ToOptions()
    {
        var name = Name;
        var directory = Path.GetFullPath(Take("--dir") ?? Path.Combine("out", "cluster", name));
        var options = new ClusterOptions(name, directory)
        {
            Nodes = Number("--nodes") ?? 3,
            UefiNodes = Take("--uefi")?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [],
            MemoryMiB = Number("--memory") ?? 512,
            DiskBytes = (long)(Number("--disk") ?? 4) << 30,
            OwnerPid = Number("--owner-pid"),
            KvmProbeKernel = Take("--kvm-probe") is { } kernel ? Path.GetFullPath(kernel) : null,
            BootPort = Number("--boot-port") ?? 25302,
        };
        RefuseOthers();
        return options;
    }

    /// <exception cref="TestbedException">An option was given that nobody asked for.</exception>
    public void RefuseOthers()
    {
        if (_options.Keys.FirstOrDefault() is { } unknown)
            throw new TestbedException($"'{Command}' has no option {unknown}");
    }

    private string? Take(string option) => _options.Remove(option, out var value) ? value : null;

    private int? Number(string option) => Take(option) is not { } text
        ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw new TestbedException($"{option} takes a positive number, not '{text}'");
}
