using System.Globalization;

namespace Kadeploy.Agent;

/// <summary>What the boot profile told this machine: /proc/cmdline. An unknown or malformed setting is no reason not to come up.</summary>
internal sealed record KernelCommandLine
{
    /// <summary>Host name or address and port of the controller's agent service; null when none was given.</summary>
    public (string Host, int Port)? Controller { get; private init; }

    /// <summary>Single use; empty for a machine that enrols.</summary>
    public string Token { get; private init; } = "";

    /// <summary>Of the interface that booted, lower case with colons; empty when unknown.</summary>
    public string Mac { get; private init; } = "";

    /// <summary>A shell on the console beside the agent.</summary>
    public bool Shell { get; private init; }

    /// <summary>The kernel's own meaning: seconds until a restart; 0 never; negative at once.</summary>
    public int Panic { get; private init; } = 30;

    /// <summary>The serial consoles of console=ttySn,speed: unit and bits per second.</summary>
    public IReadOnlyList<(int Unit, int Speed)> SerialConsoles { get; private init; } = [];

    public static KernelCommandLine Parse(string text)
    {
        var result = new KernelCommandLine();
        var consoles = new List<(int, int)>();
        foreach (var word in Words(text))
        {
            var equals = word.IndexOf('=');
            var value = equals < 0 ? "" : word[(equals + 1)..];
            result = (equals < 0 ? word : word[..equals]) switch
            {
                "kadeploy.controller" => result with { Controller = Address(value) },
                "kadeploy.token" => result with { Token = value },
                "kadeploy.mac" => result with { Mac = Hardware(value) },
                // PXELINUX's form, hardware type first: 01-52-54-00-12-34-56.
                "BOOTIF" when result.Mac.Length == 0 && value.Length == 20 => result with { Mac = Hardware(value[3..]) },
                "kadeploy.shell" => result with { Shell = value is "" or "1" },
                "panic" when int.TryParse(value, out var seconds) => result with { Panic = seconds },
                "console" when Serial(value) is { } serial => Add(consoles, serial, result),
                _ => result,
            };
        }
        return result with { SerialConsoles = consoles };
    }

    /// <summary>Space-separated, double quotes protect spaces, as in the kernel's admin guide.</summary>
    internal static IEnumerable<string> Words(string text)
    {
        var word = new System.Text.StringBuilder();
        var quoted = false;
        foreach (var c in text)
            if (c == '"')
                quoted = !quoted;
            else if (!quoted && char.IsWhiteSpace(c))
            {
                if (word.Length > 0)
                    yield return word.ToString();
                word.Clear();
            }
            else
                word.Append(c);
        if (word.Length > 0)
            yield return word.ToString();
    }

    /// <summary>"ttyS1,115200n8" is unit 1 at 115200; other consoles are none of ours.</summary>
    internal static (int Unit, int Speed)? Serial(string value)
    {
        if (!value.StartsWith("ttyS", StringComparison.Ordinal))
            return null;
        var parts = value[4..].Split(',');
        var digits = parts.Length < 2 ? "" : new string([.. parts[1].TakeWhile(char.IsAsciiDigit)]);
        return int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var unit)
            ? (unit, int.TryParse(digits, out var speed) ? speed : 9600)
            : null;
    }

    private static KernelCommandLine Add(List<(int, int)> consoles, (int, int) serial, KernelCommandLine result)
    {
        consoles.Add(serial);
        return result;
    }

    /// <summary>"10.0.0.250:25301", "[fd77::1]:25301"; null when it is none.</summary>
    internal static (string Host, int Port)? Address(string value)
    {
        var colon = value.LastIndexOf(':');
        return colon > 0 && ushort.TryParse(value[(colon + 1)..], out var port) && port > 0
            && value[..colon].Trim('[', ']') is var host && Uri.CheckHostName(host) != UriHostNameType.Unknown
            ? (host, port)
            : null;
    }

    private static string Hardware(string value) => value.Replace('-', ':').ToLowerInvariant();
}
