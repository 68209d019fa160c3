using System.Globalization;
using Kadeploy.Api.Environments;

namespace Kadeploy.Cli.Output;

/// <summary>Environments as a table, and one in full.</summary>
internal static class EnvironmentTable
{
    public static void Write(TextWriter output, IEnumerable<EnvironmentInfo> environments) => Columns.Write(
        output,
        ["NAME", "VERSION", "OWNER", "VISIBILITY", "IMAGE", "SIZE", "REGISTERED", "DESCRIPTION"],
        environments.Select(e => (IReadOnlyList<string>)
        [
            e.Name,
            e.Version.ToString(CultureInfo.InvariantCulture),
            e.Owner,
            e.Visibility,
            Kind(e.Image),
            Quantity.Bytes(e.Image.Bytes),
            e.CreatedAt.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture),
            e.Description,
        ]));

    public static void WriteSheet(TextWriter output, EnvironmentInfo e)
    {
        Line(output, "environment", $"{e.Owner}/{e.Name}:{e.Version}");
        Line(output, "description", e.Description);
        Line(output, "author", e.Author);
        Line(output, "tags", string.Join(", ", e.Tags));
        Line(output, "visibility", e.Visibility);
        Line(output, "os", e.Os);
        Line(output, "image", e.Image.File);
        Line(output, "kind", $"{Kind(e.Image)}, {Quantity.Bytes(e.Image.Bytes)} ({e.Image.Bytes} bytes)");
        Line(output, "sha256", e.Image.Sha256);
        Line(output, "signed by", e.SignedBy);
        Line(output, "architecture", e.Architecture);
        Line(output, "not deployable", e.NotDeployable);
        Line(output, "file system", e.Filesystem);
        Line(output, "kernel", e.Boot?.Kernel);
        Line(output, "initrd", e.Boot?.Initrd);
        Line(output, "kernel params", e.Boot?.KernelParams);
        if (e.Preinstall is { } pre)
            Line(output, "preinstall", pre.Archive is null ? pre.Script : $"{pre.Archive}: {pre.Script}");
        foreach (var p in e.Postinstalls)
            Line(output, "postinstall", p.Archive is null ? p.Script : $"{p.Archive}: {p.Script}");
        Line(output, "registered", e.CreatedAt.ToString("u", CultureInfo.InvariantCulture));
        foreach (var warning in e.Warnings)
            Line(output, "warning", warning);
    }

    private static string Kind(ImageInfo image) =>
        image.Kind.ToString().ToLowerInvariant() + (image.Compression == "none" ? "" : "." + image.Compression);

    private static void Line(TextWriter output, string label, string? text)
    {
        if (!string.IsNullOrEmpty(text))
            output.WriteLine($"{label + ":",-15}{Printable.Line(text)}");
    }
}
