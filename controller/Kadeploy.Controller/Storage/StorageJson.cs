using System.Text.Json.Serialization;
using Kadeploy.Controller.Cache;
using Kadeploy.Controller.Environments;
using Kadeploy.Controller.Nodes;
using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Controller.Storage;

/// <summary>The documents inside the database's columns.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(BmcAddress))]
[JsonSerializable(typeof(CacheEntry))]
[JsonSerializable(typeof(DiskHint))]
[JsonSerializable(typeof(IEnumerable<string>))]
[JsonSerializable(typeof(Inventory))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, double>))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
[JsonSerializable(typeof(RegisteredEnvironment))]
internal sealed partial class StorageJson : JsonSerializerContext;
