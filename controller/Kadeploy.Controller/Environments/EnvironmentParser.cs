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
    private const int LongestDescription = 256 * 1024;
    private const int MostTags = 32;
    private const int MostScripts = 64;
    private static readonly string[] Compressions = ["none", "gzip", "bzip2", "xz", "zstd"];

    /// <summary>Those that the deployment environment can make for a tar image.</summary>
    public static IReadOnlyList<string> FileSystems { get; } = ["ext2", "ext3", "ext4"];

    /// <param name="text">The description.</param>
    /// <param name="imageElsewhere">Whether the image is not the one that the description names.</param>
    /// <exception cref="YamlMistakeException">The text is no valid description.</exception>
    public static EnvironmentDescription Parse(string text, bool imageElsewhere = false)
    {
        if (text.Length > LongestDescription)
            throw new YamlMistakeException(new YamlMistake(File, 0, "", $"longer than {LongestDescription} characters"));
        var root = YamlDocument.Load(File, text);
        var warnings = new List<string>();
        var image = root.Map("image") ?? throw root.Wrong("image", "is missing");
        var boot = root.Map("boot");
        var kind = image.OneOf("kind", "", "tar", "dd", "fsa") switch { "tar" => ImageKind.Tar, "dd" => ImageKind.Dd, _ => ImageKind.Fsa };
        var os = root.OneOf("os", "", "linux", "xen", "other");
        var description = new EnvironmentDescription(
            Name(root),
            (int)root.Number("version", 1, 0, int.MaxValue),
            Bounded(root, "description"),
            Bounded(root, "author"),
            root.OneOf("visibility", "private", "public", "shared", "private"),
            os,
            Word(root, "architecture"),
            Tags(root),
            imageElsewhere ? image.Text("file") ?? "" : ImagePlace(image, "file"),
            kind,
            Compression(image, kind),
            Sha256(image),
            root.Map("preinstall") is { } preinstall ? Script(preinstall, warnings) : null,
            Postinstalls(root, warnings),
            InstalledPath(boot, "kernel"),
            InstalledPath(boot, "initrd"),
            boot is null ? "" : Configuration.ConfigurationFile.KernelParameters(boot, "kernel_params"),
            Word(root, "filesystem"),
            Fields(root, boot, warnings),
            warnings);
        if (kind == ImageKind.Tar && description.Kernel.Length == 0)
            throw (boot ?? root).Wrong(boot is null ? "boot" : "kernel", "is needed for a tar image: the path of the kernel inside it");
        if (kind == ImageKind.Tar && description.FileSystem.Length == 0)
            throw root.Wrong("filesystem", $"is needed for a tar image: one of {string.Join(", ", FileSystems)}");
        if (kind == ImageKind.Tar && os == "xen" && description.Kadeploy3.Hypervisor.Length == 0)
            throw boot!.Wrong("hypervisor", "is needed for a tar image with Xen");
        foreach (var map in new[] { root, image, boot })
            warnings.AddRange(map?.Unread("").Select(m => $"{m.Key}: unknown field, ignored") ?? []);
        return description;
    }

    /// <summary>A tag as it is kept; null when it is none.</summary>
    public static string? Tag(string text) =>
        text.Trim().ToLowerInvariant() is { Length: > 0 and <= 64 } tag && tag.All(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.' or '+' or ':') ? tag : null;

    /// <summary>Tags as they are kept; the index of the first that is none.</summary>
    public static (IReadOnlyList<string> Tags, int? Bad) TagsOf(IReadOnlyList<string> texts)
    {
        var tags = texts.Select(Tag).ToList();
        return tags.IndexOf(null) is >= 0 and var bad ? ([], bad) : tags.Count > MostTags ? ([], MostTags) : ([.. tags.Select(t => t!).Distinct().Order(StringComparer.Ordinal)], null);
    }

    private static IReadOnlyList<string> Tags(YamlMap root)
    {
        var (tags, bad) = TagsOf(root.Texts("tags") ?? []);
        return bad is { } index ? throw root.Wrong($"tags[{index}]", $"at most {MostTags} words of letters, digits and - _ . + :") : tags;
    }

    private static string Compression(YamlMap image, ImageKind kind)
    {
        if (kind != ImageKind.Fsa)
            return image.OneOf("compression", "", Compressions);
        return image.Number("compression", 0, 0, 9).ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    private static Kadeploy3Fields Fields(YamlMap root, YamlMap? boot, List<string> warnings)
    {
        var multipart = root.Flag("multipart", false);
        var options = root.Map("options");
        var partitions = (options?.Maps("partitions") ?? []).Select(map =>
        {
            var partition = new ImagePartition((int)map.Number("id", -1, 0, 1024), map.RequiredText("device"));
            warnings.AddRange(map.Unread("").Select(m => $"{m.Key}: unknown field, ignored"));
            return partition;
        }).ToList();
        if (multipart && partitions.Count == 0)
            throw (options ?? root).Wrong(options is null ? "options" : "partitions", "is needed when multipart is true: the partitions of the image");
        if (partitions.Select(p => p.Id).Distinct().Count() != partitions.Count || partitions.Select(p => p.Device).Distinct().Count() != partitions.Count)
            throw options!.Wrong("partitions", "an id or a device is given twice");
        if (multipart && (boot?.Text("block_device") is null or "" || !boot.Has("partition")))
            throw (boot ?? root).Wrong(boot is null ? "boot" : "block_device", "block_device and partition are needed when multipart is true");
        warnings.AddRange(options?.Unread("").Select(m => $"{m.Key}: unknown field, ignored") ?? []);
        return new Kadeploy3Fields(
            root.Flag("destructive", false),
            (int)root.Number("partition_type", 0, 0, 0xff),
            InstalledPath(boot, "hypervisor"),
            boot is null ? "" : Configuration.ConfigurationFile.KernelParameters(boot, "hypervisor_params"),
            boot is null ? "" : Bounded(boot, "block_device"),
            boot is not null && boot.Has("partition") ? (int)boot.Number("partition", 0, 0, 1024) : null,
            multipart,
            partitions);
    }

    /// <summary>A short word such as ext4 or x86_64; empty for none.</summary>
    private static string Word(YamlMap map, string key) =>
        map.Text(key) is not { Length: > 0 } text ? ""
        : text.Length <= 32 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.') ? text
        : throw map.Wrong(key, $"'{(text.Length > 40 ? text[..40] : text)}' is no such word");

    private static string Name(YamlMap root)
    {
        var name = root.RequiredText("name");
        return name.Length <= 255 && name.Trim() == name && name.All(c => !char.IsControl(c) && c is not (':' or '/' or '%' or '?' or '#'))
            ? name
            : throw root.Wrong("name", "at most 255 characters, without blanks at its ends and : / % ? #");
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

    /// <summary>A path on the controller, or an address of a web server.</summary>
    private static string ArchivePath(YamlMap map)
    {
        var text = map.RequiredText("archive");
        return RemoteArchives.UrlOf(text) is { } url
            ? text.Length <= 2048 && url.UserInfo.Length == 0 ? url.AbsoluteUri : throw map.Wrong("archive", "an address of at most 2048 characters, without a password")
            : ServerPath(map, "archive");
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

    private static List<Postinstall> Postinstalls(YamlMap root, List<string> warnings)
    {
        var maps = root.Maps("postinstalls") ?? [];
        if (maps.Count > MostScripts)
            throw root.Wrong("postinstalls", $"more than {MostScripts}");
        return [.. maps.Select(map => Script(map, warnings)).OfType<Postinstall>()];
    }

    /// <summary>An archive with a script in it, or a script alone; null when there is nothing to run.</summary>
    private static Postinstall? Script(YamlMap map, List<string> warnings)
    {
        var script = map.Text("script") ?? throw map.Wrong("script", "is missing");
        var alone = map.Text("archive") is null or "none";
        var found = alone ? new Postinstall("", "none", script) : new Postinstall(ArchivePath(map), map.OneOf("compression", "", Compressions), script) { Sha256 = Sha256(map) ?? "" };
        map.Has("compression");
        warnings.AddRange(map.Unread("").Select(m => $"{m.Key}: unknown field, ignored"));
        return script is "" or "none" ? null : found;
    }
}
