using Kadeploy.Controller.Yaml;
using Kadeploy.Deployments.Environments;

namespace Kadeploy.Controller.Environments;

/// <summary>
/// Reads Kadeploy3's description of an environment (its fields, types and cross rules: Kadeploy3 documentation, "Environment description"),
/// and zstd, none and sha256 besides. Mistakes name the field by its path; fields nobody knows only warn, as they did there.
/// </summary>
internal static class EnvironmentParser
{
    private const string File = "description";
    private static readonly string[] Compressions = ["none", "gzip", "bzip2", "xz", "zstd"];
    private static readonly string[] FileSystems = ["ext2", "ext3", "ext4"];

    /// <exception cref="YamlMistakeException">The text is no valid description.</exception>
    public static EnvironmentDescription Parse(string text)
    {
        var root = YamlDocument.Load(File, text);
        RefuseUnsupported(root);
        var warnings = new List<string>();
        var image = root.Map("image") ?? throw root.Wrong("image", "is missing");
        var boot = root.Map("boot");
        var kind = image.OneOf("kind", "", "tar", "dd") == "tar" ? ImageKind.Tar : ImageKind.Dd;
        var description = new EnvironmentDescription(
            Name(root),
            (int)root.Number("version", 1, 0, int.MaxValue),
            Bounded(root, "description"),
            Bounded(root, "author"),
            root.OneOf("visibility", "private", "public", "shared", "private"),
            root.OneOf("os", "", "linux"),
            ImagePlace(image, "file"),
            kind,
            image.OneOf("compression", "", Compressions),
            Sha256(image),
            Postinstalls(root, warnings),
            InstalledPath(boot, "kernel"),
            InstalledPath(boot, "initrd"),
            boot is null ? "" : Configuration.ConfigurationFile.KernelParameters(boot, "kernel_params"),
            root.Text("filesystem") ?? "",
            warnings)
        {
            Preinstall = root.Map("preinstall") is { } preinstall ? Script(preinstall, warnings) is { Script: not "none" } it ? it : null : null,
        };
        if (kind == ImageKind.Tar && description.Kernel.Length == 0)
            throw (boot ?? root).Wrong(boot is null ? "boot" : "kernel", "is needed for a tar image: the path of the kernel inside it");
        if (kind == ImageKind.Tar && !FileSystems.Contains(description.FileSystem))
            throw root.Wrong("filesystem", $"a tar image needs one of {string.Join(", ", FileSystems)}");
        root.Number("partition_type", 0, 0, 0xff); // MBR type of the deployed partition; our layouts set it by role
        root.Flag("destructive", false);
        foreach (var map in new[] { root, image, boot })
            warnings.AddRange(map?.Unread("").Select(m => $"{m.Key}: unknown field, ignored") ?? []);
        return description;
    }

    private static void RefuseUnsupported(YamlMap root)
    {
        if (root.Flag("multipart", false))
            throw root.Wrong("multipart", "images with several partitions are not supported");
        root.Has("options");
    }

    private static string Name(YamlMap root)
    {
        var name = root.RequiredText("name");
        return name.Length <= 255 && name.All(c => !char.IsControl(c) && !char.IsWhiteSpace(c) && c is not (':' or '/' or '%' or '?' or '#'))
            ? name
            : throw root.Wrong("name", "at most 255 characters, without blanks and : / % ? #");
    }

    private static string Bounded(YamlMap map, string key) =>
        map.Text(key) is not { } text ? ""
        : text.Length <= 4096 ? text
        : throw map.Wrong(key, "is longer than 4096 characters");

    /// <summary>A path on the controller, or an http(s) address.</summary>
    private static string ImagePlace(YamlMap map, string key)
    {
        var text = map.RequiredText(key);
        if (!Transfers.HttpOrigin.Is(text))
            return ServerPath(map, key);
        return Uri.TryCreate(text, UriKind.Absolute, out var address) && address.UserInfo.Length == 0 && address.Fragment.Length == 0
            ? address.AbsoluteUri
            : throw map.Wrong(key, $"'{text}' is no http(s) address without user name and fragment");
    }

    /// <summary>A path on the controller: plain, or with Kadeploy3's server://.</summary>
    private static string ServerPath(YamlMap map, string key)
    {
        var text = map.RequiredText(key);
        var path = text.StartsWith("server://", StringComparison.Ordinal) ? text["server://".Length..] : text;
        if (path.Contains("://", StringComparison.Ordinal))
            throw map.Wrong(key, $"'{text}': only files on the controller are supported, as an absolute path");
        return Path.IsPathFullyQualified(path) && !path.Any(char.IsControl)
            ? Path.GetFullPath(path)
            : throw map.Wrong(key, $"'{text}' is not an absolute path");
    }

    private static string InstalledPath(YamlMap? map, string key) =>
        map?.Text(key) is not { Length: > 0 } path ? ""
        : path[0] == '/' && path.All(c => c is > ' ' and <= '~') && !path.Split('/').Contains("..") && path.Length <= 1024 ? path
        : throw map.Wrong(key, $"'{path}' is not an absolute path inside the image, of printable ASCII without blanks");

    private static string? Sha256(YamlMap image) => image.Text("sha256") switch
    {
        null => null,
        { Length: 64 } text when text.All(char.IsAsciiHexDigit) => text.ToLowerInvariant(),
        _ => throw image.Wrong("sha256", "64 hexadecimal digits are expected"),
    };

    private static List<Postinstall> Postinstalls(YamlMap root, List<string> warnings) => (root.Maps("postinstalls") ?? []).Select(map => Script(map, warnings)).Where(p => p.Script != "none").ToList();

    private static Postinstall Script(YamlMap map, List<string> warnings)
    {
        var postinstall = map.Text("archive") is null or "none"
            ? new Postinstall("", "none", map.RequiredText("script"))
            : new Postinstall(ServerPath(map, "archive"), map.OneOf("compression", "", Compressions), map.RequiredText("script"));
        map.Has("compression");
        warnings.AddRange(map.Unread("").Select(m => $"{m.Key}: unknown field, ignored"));
        return postinstall;
    }
}
