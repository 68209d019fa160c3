using System.Collections.Immutable;

namespace Kadeploy.Transfer;

/// <summary>
/// Everything a member needs to take part: made by the controller, sent to every member over the control channel
/// (<see cref="Pack"/>), and replaced by one with a higher <see cref="Epoch"/> when the controller re-plans.
/// </summary>
/// <param name="TransferId">Names the transfer on every connection.</param>
/// <param name="Key">32 secret bytes (<see cref="NewKey"/>); possession is what lets a process take part.</param>
/// <param name="Epoch">1 for the first plan; a higher one replaces a lower one, never the other way round.</param>
/// <param name="Manifest">The image.</param>
/// <param name="Members">In order; index 0 is the head. Bytes only ever flow from a lower to a higher index.</param>
public sealed record TransferPlan(
    Guid TransferId, ImmutableArray<byte> Key, int Epoch, Manifest Manifest, ImmutableArray<ChainMember> Members)
{
    /// <summary>Indices the controller has declared dead; nobody connects to them and they are not waited for.</summary>
    public ImmutableHashSet<int> Dead { get; init; } = [];

    /// <summary>Whether image bytes are sealed on their way from member to member (AES-256-GCM); the proof of the key is needed either way.</summary>
    public bool Sealed { get; init; }

    /// <summary>Timers and sizes.</summary>
    public TransferTunables Tunables { get; init; } = new();

    /// <summary>A fresh random key.</summary>
    public static ImmutableArray<byte> NewKey() =>
        System.Runtime.InteropServices.ImmutableCollectionsMarshal.AsImmutableArray(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32));

    /// <summary>The first plan of a new transfer, with a fresh id and key.</summary>
    public static TransferPlan Create(Manifest manifest, IEnumerable<ChainMember> members, TransferTunables? tunables = null) =>
        new(Guid.NewGuid(), NewKey(), 1, manifest, [.. members]) { Tunables = tunables ?? new() };

    /// <summary>The next plan with the named members declared dead.</summary>
    public TransferPlan WithDead(IEnumerable<string> names) => this with { Epoch = Epoch + 1, Dead = Dead.Union(names.Select(IndexOf).Where(i => i > 0)) };

    /// <summary>The next plan with another order; the head stays first.</summary>
    public TransferPlan WithOrder(IEnumerable<ChainMember> members) => this with { Epoch = Epoch + 1, Dead = [], Members = [.. members] };

    /// <summary>Index of a member by name, or -1.</summary>
    public int IndexOf(string name)
    {
        for (var i = 0; i < Members.Length; i++)
            if (Members[i].Name == name)
                return i;
        return -1;
    }

    /// <summary>Why this plan cannot be run, or null: same node twice, no receiver, wrong key length.</summary>
    public string? Problem()
    {
        if (Key.Length != 32)
            return "the key does not have 32 bytes";
        if (Members.Length < 2)
            return "a chain needs a head and at least one receiver";
        if (Members.GroupBy(m => m.Name).FirstOrDefault(g => g.Count() > 1) is { } twice)
            return $"member {twice.Key} is in the list twice";
        return Members.GroupBy(m => m.EndPoint).FirstOrDefault(g => g.Count() > 1) is { } same
            ? $"members {string.Join(" and ", same.Select(m => m.Name))} have the same address {same.Key}"
            : null;
    }

    /// <summary>Binary form. Contains the key: for the authenticated control channel and for the controller's own store only.</summary>
    public byte[] ToBytes() => PlanCodec.Write(this);

    /// <summary>
    /// <see cref="ToBytes"/>, deflated (RFC 1951). A chain of n members sends n plans of n members each: of 5,000 about 20 kB instead of 90.
    /// </summary>
    public byte[] Pack() => PlanCodec.Pack(this);

    /// <summary>Reads <see cref="Pack"/> back; throws <see cref="FormatException"/> when the bytes are not a plan.</summary>
    public static TransferPlan Unpack(ReadOnlySpan<byte> bytes) => PlanCodec.Unpack(bytes);

    /// <summary>Reads <see cref="ToBytes"/> back; throws <see cref="FormatException"/> when the bytes are not a plan.</summary>
    public static TransferPlan FromBytes(ReadOnlySpan<byte> bytes) => PlanCodec.Read(bytes);
}
