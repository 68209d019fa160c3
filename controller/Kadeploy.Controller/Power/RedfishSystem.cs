using System.Text.Json;

namespace Kadeploy.Controller.Power;

/// <summary>What we need of a ComputerSystem resource (DMTF schema ComputerSystem v1).</summary>
/// <param name="Path">Where it is.</param>
/// <param name="ETag">Its version, or null: some services change a resource only for whoever names the version (DSP0266, 6.5).</param>
/// <param name="IsOn">Whether it is on, or about to be.</param>
/// <param name="ResetTarget">Where its Reset action is.</param>
/// <param name="ResetTypes">Which kinds it allows; empty when it does not say.</param>
/// <param name="HasBootMode">Whether it can be told to boot by UEFI or by legacy BIOS.</param>
internal sealed record RedfishSystem(string Path, string? ETag, bool IsOn, string ResetTarget, IReadOnlyList<string> ResetTypes, bool HasBootMode)
{
    public bool Allows(string resetType) => ResetTypes.Count == 0 || ResetTypes.Contains(resetType);

    /// <summary>A PATCH that makes it boot from a device once.</summary>
    public string BootOnceBody(string device, bool uefi) => HasBootMode
        ? $$$"""{"Boot":{"BootSourceOverrideEnabled":"Once","BootSourceOverrideTarget":"{{{device}}}","BootSourceOverrideMode":"{{{(uefi ? "UEFI" : "Legacy")}}}"}}"""
        : $$$"""{"Boot":{"BootSourceOverrideEnabled":"Once","BootSourceOverrideTarget":"{{{device}}}"}}""";

    /// <exception cref="RedfishRefusedException">There is none, or more than one: which one the node is cannot be known.</exception>
    public static string OnlyMember(RedfishAnswer answer)
    {
        var members = answer.Json.TryGetProperty("Members", out var list) && list.ValueKind == JsonValueKind.Array ? list.GetArrayLength() : 0;
        return members == 1 && list[0].TryGetProperty("@odata.id", out var id) && id.GetString() is { Length: > 0 } path
            ? path
            : throw new RedfishRefusedException("bmc-refused", $"/redfish/v1/Systems has {members} systems; exactly one is expected");
    }

    /// <exception cref="RedfishRefusedException">It is no such resource.</exception>
    public static RedfishSystem Read(string path, RedfishAnswer answer)
    {
        var json = answer.Json;
        var state = Text(json, "PowerState") ?? throw new RedfishRefusedException("bmc-refused", $"{path} says nothing of its PowerState");
        var reset = json.TryGetProperty("Actions", out var actions) && actions.TryGetProperty("#ComputerSystem.Reset", out var found) ? found : default;
        var types = reset.ValueKind == JsonValueKind.Object && reset.TryGetProperty("ResetType@Redfish.AllowableValues", out var values) && values.ValueKind == JsonValueKind.Array
            ? values.EnumerateArray().Select(v => v.GetString() ?? "").ToList()
            : [];
        return new RedfishSystem(
            path,
            answer.ETag ?? Text(json, "@odata.etag"),
            state is "On" or "PoweringOn",
            Text(reset, "target") ?? path.TrimEnd('/') + "/Actions/ComputerSystem.Reset",
            types,
            json.TryGetProperty("Boot", out var boot) && boot.ValueKind == JsonValueKind.Object && boot.TryGetProperty("BootSourceOverrideMode", out _));
    }

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
