using System.Text.Json;
using System.Text.Json.Serialization;
using Kadeploy.Testbed.Machines;
using Kadeploy.Testbed.Processes;

namespace Kadeploy.Testbed;

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ClusterDescription))]
[JsonSerializable(typeof(ProcessIdentity))]
[JsonSerializable(typeof(MachineDefinition))]
internal sealed partial class TestbedJson : JsonSerializerContext
{
    /// <summary>Replaces the file in one step, so that a reader never sees half of it.</summary>
    public static void Write<T>(string path, T value, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
    {
        File.WriteAllBytes(path + ".new", JsonSerializer.SerializeToUtf8Bytes(value, type));
        File.Move(path + ".new", path, overwrite: true);
    }

    public static T? Read<T>(string path, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
        where T : class
    {
        byte[] text;
        try
        {
            // Not asked for before: somebody may remove it in between.
            text = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        return JsonSerializer.Deserialize(text, type);
    }
}
