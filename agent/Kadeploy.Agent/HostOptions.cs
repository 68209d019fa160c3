using Grpc.Net.Client;
using Kadeploy.Agent.Inventory;

namespace Kadeploy.Agent;

/// <summary>How the agent runs on an installed host: <c>kadeploy-agent run</c>.</summary>
/// <param name="Controller">Host name or address and port of the controller's agent service.</param>
/// <param name="Key">The only controller that is spoken to.</param>
/// <param name="Token">The node's token, as <c>kadeploy node token</c> printed it.</param>
/// <param name="Folder">Everything it writes for others lies below, symbolic links followed.</param>
/// <param name="State">Its own files.</param>
/// <param name="ChainPort">Where its predecessor finds it; 0 for any free one.</param>
internal sealed record HostOptions((string Host, int Port) Controller, PinnedKey Key, string Token, string Folder, string State, int ChainPort)
{
    public const int DefaultChainPort = 25303;

    /// <summary>The pin of the controller's key: in the deployment environment it comes with the initramfs.</summary>
    public const string PinFile = "/etc/kadeploy/controller.pin";

    public const string Usage =
        """
        usage: kadeploy-agent run --controller HOST:PORT --token-file FILE --directory DIR [--pin HEX] [--state DIR] [--chain-port PORT]
          --controller   the controller's agent service, port 25301 unless configured otherwise
          --pin          SHA-256 of the controller's key, as 'kadeploy info' prints it; else read from /etc/kadeploy/controller.pin
          --token-file   the node's token, as 'kadeploy node token NODE' prints it
          --directory    files of broadcasts are written below this folder and nowhere else
          --state        the agent's own files; /run/kadeploy-agent
          --chain-port   TCP port on which the nodes pass files on; 25303, 0 for any free one
        """;

    /// <summary>The options, or what is wrong with them.</summary>
    public static (HostOptions? Options, string Problem) Parse(IReadOnlyList<string> arguments)
    {
        var given = new Dictionary<string, string>();
        for (var i = 0; i < arguments.Count; i += 2)
        {
            if (arguments[i] is not ("--controller" or "--token-file" or "--directory" or "--state" or "--chain-port" or "--pin"))
                return (null, $"unknown argument '{arguments[i]}'");
            if (i + 1 == arguments.Count || !given.TryAdd(arguments[i], arguments[i + 1]))
                return (null, $"{arguments[i]} needs one value");
        }
        if (KernelCommandLine.Address(given.GetValueOrDefault("--controller", "")) is not { } controller)
            return (null, "--controller HOST:PORT is needed");
        if (!given.TryGetValue("--directory", out var folder) || !Directory.Exists(folder))
            return (null, "--directory names no folder that is there");
        if (!ushort.TryParse(given.GetValueOrDefault("--chain-port", $"{DefaultChainPort}"), out var port))
            return (null, "--chain-port is no port");
        if (PinnedKey.Parse(given.TryGetValue("--pin", out var pin) ? pin : MachineRoot.Read(PinFile)) is not { } key)
            return (null, given.ContainsKey("--pin") ? "--pin is no SHA-256 in hexadecimal" : $"--pin HEX is needed, or {PinFile}: without it anyone could pose as the controller");
        var file = given.GetValueOrDefault("--token-file", "");
        var token = MachineRoot.Read(file);
        return token.Length == 0
            ? (null, $"--token-file {file}: there is no token that can be read")
            : (new HostOptions(controller, key, token, MachineRoot.RealPath(folder), given.GetValueOrDefault("--state", "/run/kadeploy-agent"), port), "");
    }
}
