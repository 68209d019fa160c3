using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using Kadeploy.Deployments.Environments;

namespace Kadeploy.Controller.Environments;

/// <summary>Writes a registered environment as the description it came from: Kadeploy3's fields in its order, then ours. Reading it gives the same again.</summary>
internal static partial class EnvironmentWriter
{
    private static readonly JsonSerializerOptions Quoted = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(RegisteredEnvironment environment)
    {
        var it = environment.Deployable;
        var old = environment.Kadeploy3;
        var yaml = new StringBuilder("---\n");
        Line(0, "name", it.Name);
        Number(0, "version", it.Version);
        Line(0, "description", environment.Description);
        Line(0, "author", environment.Author);
        Line(0, "visibility", environment.Visibility);
        Word(0, "destructive", old.Destructive ? "true" : "false");
        Line(0, "os", environment.Os);
        Line(0, "architecture", environment.Architecture);
        if (environment.Tags.Count > 0)
            Word(0, "tags", $"[{string.Join(", ", environment.Tags.Select(Scalar))}]");
        yaml.Append("image:\n");
        Line(1, "file", it.Image.File);
        Line(1, "kind", it.Image.Kind.ToString().ToLowerInvariant());
        Word(1, "compression", it.Image.Compression);
        Word(1, "sha256", Scalar(it.Image.Sha256));
        if (it.Preinstall is { } preinstall)
        {
            yaml.Append("preinstall:\n");
            Script(1, preinstall);
        }
        if (it.Postinstalls.Count > 0)
            yaml.Append("postinstalls:\n");
        foreach (var postinstall in it.Postinstalls)
        {
            yaml.Append("  -\n");
            Script(2, postinstall);
        }
        if (it.Kernel.Length + it.Initrd.Length + it.KernelParameters.Length + old.Hypervisor.Length + old.BlockDevice.Length > 0 || old.BootPartition is not null)
            yaml.Append("boot:\n");
        Line(1, "kernel", it.Kernel);
        Line(1, "initrd", it.Initrd);
        Line(1, "kernel_params", it.KernelParameters);
        Line(1, "hypervisor", old.Hypervisor);
        Line(1, "hypervisor_params", old.HypervisorParameters);
        Line(1, "block_device", old.BlockDevice);
        if (old.BootPartition is { } partition)
            Number(1, "partition", partition);
        Line(0, "filesystem", it.FileSystem);
        if (old.PartitionType != 0)
            Word(0, "partition_type", string.Create(CultureInfo.InvariantCulture, $"0x{old.PartitionType:x2}"));
        Word(0, "multipart", old.Multipart ? "true" : "false");
        if (old.Partitions.Count > 0)
            yaml.Append("options:\n  partitions:\n");
        foreach (var part in old.Partitions)
            yaml.Append(CultureInfo.InvariantCulture, $"    - id: {part.Id}\n      device: {Scalar(part.Device)}\n");
        return yaml.ToString();

        void Line(int depth, string key, string value)
        {
            if (value.Length > 0)
                Word(depth, key, Scalar(value));
        }

        void Number(int depth, string key, int value) => Word(depth, key, value.ToString(CultureInfo.InvariantCulture));

        void Word(int depth, string key, string value) => yaml.Append(' ', 2 * depth).Append(key).Append(": ").Append(value).Append('\n');

        void Script(int depth, Postinstall script)
        {
            Line(depth, "archive", script.Archive.Length == 0 ? "none" : script.Archive);
            if (script.Archive.Length > 0)
                Line(depth, "compression", script.Compression);
            if (script.Sha256.Length > 0)
                Word(depth, "sha256", Scalar(script.Sha256));
            Line(depth, "script", script.Script);
        }
    }

    // Plain where nothing can be misread; else as JSON writes it, which YAML 1.2 reads (its section 1.3).
    private static string Scalar(string text) =>
        Plain().IsMatch(text) && !Reserved().IsMatch(text) ? text : JsonSerializer.Serialize(text, Quoted);

    [GeneratedRegex(@"\A[A-Za-z/][A-Za-z0-9_./+@=-]*( [A-Za-z0-9_./+@=-]+)*\z")]
    private static partial Regex Plain();

    [GeneratedRegex(@"\A(true|false|null|yes|no|on|off|y|n)\z", RegexOptions.IgnoreCase)]
    private static partial Regex Reserved();
}
