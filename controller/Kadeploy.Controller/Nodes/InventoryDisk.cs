namespace Kadeploy.Controller.Nodes;

/// <summary>One disk of a machine.</summary>
internal sealed record InventoryDisk(
    string Name,
    string Path,
    long SizeBytes,
    string Model,
    string Serial,
    string Wwn,
    bool Rotational,
    bool Removable,
    bool ReadOnly,
    string Transport,
    int SectorBytes,
    IReadOnlyList<string> Links);
