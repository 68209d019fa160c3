using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Kadeploy.Controller.Programs;
using Kadeploy.Controller.Yaml;

namespace Kadeploy.Controller.Configuration;

/// <summary>Reads kadeployd.yaml: every key is known, has the right type and makes sense, or the file is refused with file, line and key.</summary>
internal static class ConfigurationFile
{
    public const string Name = "kadeployd.yaml";
    public const string DefaultDirectory = "/etc/kadeploy";

    // The environment of a shell may have them for the client.
    private static readonly string[] OfClients = ["KADEPLOY_SERVER", "KADEPLOY_TOKEN_FILE", "KADEPLOY_FINGERPRINT"];

    /// <exception cref="YamlMistakeException">The file cannot be accepted.</exception>
    public static ControllerConfiguration Load(string directory)
    {
        var file = Path.Combine(Path.GetFullPath(directory), Name);
        var overrides = Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>()
            .Where(v => ((string)v.Key).StartsWith("KADEPLOY_", StringComparison.Ordinal)).ToDictionary(v => (string)v.Key, v => (string?)v.Value ?? "");
        return Parse(file, Read(file, " (--config DIR names the folder)"), overrides);
    }

    /// <exception cref="YamlMistakeException">It cannot be read.</exception>
    public static string Read(string file, string hint = "")
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new YamlMistakeException(new YamlMistake(file, 0, "", $"cannot be read: {e.Message}{hint}"));
        }
    }

    /// <exception cref="YamlMistakeException">The text cannot be accepted.</exception>
    /// <param name="file">Its name; clusters/ and nodes.yaml are looked for beside it.</param>
    /// <param name="text">What it holds.</param>
    /// <param name="overrides">Environment variables that hold values in place of the file's.</param>
    public static ControllerConfiguration Parse(string file, string text, IReadOnlyDictionary<string, string>? overrides = null)
    {
        var variables = overrides is null ? null : new Overrides(overrides);
        var root = YamlDocument.Load(file, text, variables);
        var directory = Path.GetDirectoryName(file)!;
        var state = PathOf(root, "stateDirectory", "/var/lib/kadeploy");
        var configuration = new ControllerConfiguration(
            directory,
            Listen(root),
            Address(root),
            state,
            PathOf(root, "bootDirectory", Path.Combine(state, "boot")),
            ImageDirectories(root, state),
            KernelParameters(root),
            root.Flag("autoEnrol", true),
            Duration(root, "agentHeartbeat", TimeSpan.FromSeconds(5)),
            Duration(root, "agentGrace", TimeSpan.FromSeconds(15)),
            Duration(root, "stopGrace", TimeSpan.FromSeconds(10)),
            ClusterSection.Read(root, directory),
            Ssh(root),
            Ipmi(root),
            WindowsSection.Read(root),
            PowerSection.Read(root),
            PowerSection.Redfish(root),
            TopologySection.Read(root),
            UsersSection.Read(root),
            GroupsSection.Read(root),
            TlsConfiguration.Read(root),
            WebhookConfiguration.Read(root),
            CacheBytes(root))
        {
            Signatures = SignatureConfiguration.Read(root),
            EncryptImages = root.Flag("encryptImages", false),
            CheckAddresses = root.Flag("checkAddresses", true),
            Hooks = HookSection.Read(root),
            Nodes = NodesFile.Read(directory),
            Values = root.Values,
        };
        root.RefuseUnread();
        return configuration with { Warnings = [.. (variables?.Unread ?? []).Except(OfClients).Select(NoKey)] };
    }

    private static string NoKey(string variable) =>
        $"environment variable {variable} is no key of {Name} and does nothing; {VariableName.Of("listen.api")} stands for listen.api; lists, and what a file of {ClusterSection.Folder}/ says, have none";

    /// <summary>The path of a file with a secret in it, which must be there, and be nobody else's to read; null when none is named.</summary>
    internal static string? SecretFile(YamlMap map, string key)
    {
        if (ExistingFile(map, key) is not { } file)
            return null;
        return (File.GetUnixFileMode(file) & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.GroupWrite)) == 0
            ? file
            : throw map.Wrong(key, $"{file} may be read or written by others: chmod 600 {file}");
    }

    /// <summary>The absolute path of a file, which must be there; null when none is named.</summary>
    internal static string? ExistingFile(YamlMap map, string key) =>
        map.Text(key) is not { } path ? null
        : !Path.IsPathFullyQualified(path) ? throw map.Wrong(key, $"'{path}' is not an absolute path")
        : File.Exists(path) ? path
        : throw map.Wrong(key, $"{path} does not exist");

    internal static TimeSpan Duration(YamlMap map, string key, TimeSpan fallback) =>
        map.Text(key) is not { } text
            ? fallback
            : Quantities.Duration(text) ?? throw map.Wrong(key, $"'{text}' is not a duration such as 90, 90s, 5m or 1h");

    internal static string KernelParameters(YamlMap map, string key = "kernelParameters")
    {
        var text = map.Text(key) ?? "";
        // The line ends up in an iPXE script: a line break would start a new command, and ${…} would be expanded there.
        return text.Any(c => char.IsControl(c) || c > 126) || text.Contains("${", StringComparison.Ordinal)
            ? throw map.Wrong(key, "only printable ASCII on one line is allowed, without ${")
            : text.Trim();
    }

    private static ListenConfiguration Listen(YamlMap root)
    {
        var map = root.Map("listen");
        var listen = new ListenConfiguration(
            EndPoint(map, "api", new IPEndPoint(IPAddress.Loopback, 25300)),
            EndPoint(map, "agents", new IPEndPoint(IPAddress.Any, 25301)),
            EndPoint(map, "boot", new IPEndPoint(IPAddress.Any, 25302)),
            EndPoint(map, "chain", new IPEndPoint(IPAddress.Any, 25303)));
        var places = new[] { ("agents", listen.Agents), ("boot", listen.Boot), ("chain", listen.Chain), ("api", listen.Api) };
        foreach (var (key, place) in places)
            if (map is not null && place.Port != 0 && places.FirstOrDefault(p => p.Item1 != key && Meet(p.Item2, place)) is { Item1: { } other })
                throw map.Wrong(key, $"{place} and listen.{other} cannot both be had");
        map?.RefuseUnread();
        return listen;
    }

    private static bool Meet(IPEndPoint one, IPEndPoint other) => one.Port == other.Port && one.AddressFamily == other.AddressFamily
        && (one.Address.Equals(other.Address) || one.Address.Equals(IPAddress.Any) || other.Address.Equals(IPAddress.Any) || one.Address.Equals(IPAddress.IPv6Any) || other.Address.Equals(IPAddress.IPv6Any));

    private static IPEndPoint EndPoint(YamlMap? map, string key, IPEndPoint fallback) =>
        map?.Parsed(key, fallback, $"an address with a port such as 0.0.0.0:{fallback.Port}, or a port", text =>
            ushort.TryParse(text, out var port) ? new IPEndPoint(fallback.Address, port)
            : text.Contains(':', StringComparison.Ordinal) && IPEndPoint.TryParse(text, out var point) ? point
            : null) ?? fallback;

    private static IPAddress Address(YamlMap root)
    {
        if (root.Text("address") is { } text)
            return IPAddress.TryParse(text, out var address) && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any)
                ? address
                : throw root.Wrong("address", $"'{text}' is not the IP address under which nodes reach this controller");
        var own = NetworkInterface.GetAllNetworkInterfaces()
            .Where(i => i.OperationalStatus == OperationalStatus.Up && i.NetworkInterfaceType != NetworkInterfaceType.Loopback)
            .SelectMany(i => i.GetIPProperties().UnicastAddresses)
            .Select(a => a.Address)
            .Where(a => a.AddressFamily == AddressFamily.InterNetwork)
            .ToList();
        return own is [var only]
            ? only
            : throw root.Wrong("address", own.Count == 0
                ? "is missing, and this machine has no IPv4 address to take instead"
                : $"is missing, and this machine has several: give the one that the nodes reach ({string.Join(", ", own)})");
    }

    private static string PathOf(YamlMap root, string key, string fallback) =>
        root.Parsed(key, fallback, "an absolute path", text => Path.IsPathFullyQualified(text) && !text.Any(char.IsControl) ? Path.GetFullPath(text) : null);

    private static List<string> ImageDirectories(YamlMap root, string state)
    {
        var map = root.Map("images");
        var given = map?.Texts("allowedDirectories");
        if (given?.FirstOrDefault(d => !Path.IsPathFullyQualified(d)) is { } relative)
            throw map!.Wrong("allowedDirectories", $"'{relative}' is not an absolute path");
        map?.RefuseUnread();
        return given?.Select(Path.GetFullPath).ToList() ?? [Path.Combine(state, "images")];
    }

    private static long CacheBytes(YamlMap root)
    {
        var map = root.Map("cache");
        var bytes = map?.Text("size") is not { } text ? 10L << 30
            : Quantities.Bytes(text) ?? throw map.Wrong("size", $"'{text}' is not a size such as 512MiB or 10GiB");
        map?.RefuseUnread();
        return bytes;
    }

    private static SshConfiguration Ssh(YamlMap root)
    {
        var map = root.Map("ssh");
        var user = map?.Text("user") ?? "root";
        if (user.Length == 0 || !user.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.') || user[0] == '-')
            throw map!.Wrong("user", $"'{user}' is not a user name");
        var ssh = new SshConfiguration(
            user,
            (int)(map?.Number("port", 22, 1, 65535) ?? 22),
            map is null ? TimeSpan.FromSeconds(5) : Duration(map, "connectTimeout", TimeSpan.FromSeconds(5)));
        map?.RefuseUnread();
        return ssh;
    }

    private static IpmiConfiguration Ipmi(YamlMap root)
    {
        var map = root.Map("ipmi");
        var ipmi = new IpmiConfiguration(
            (int)(map?.Number("cipherSuite", 3, 1, 17) ?? 3),
            TimeSpan.FromSeconds(map?.Number("timeoutSeconds", 10, 1, 300) ?? 10),
            (int)(map?.Number("retries", 1, 0, 10) ?? 1));
        map?.RefuseUnread();
        return ipmi;
    }
}
