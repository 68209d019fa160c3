using System.Net;

namespace Kadeploy.ChainNode;

/// <summary>Member number i at an address given as text.</summary>
internal readonly record struct ChainMemberOf(int Index, string Address)
{
    public ChainMember Member => new(Index == 0 ? "head" : $"node-{Index}", IPEndPoint.Parse(Address));
}
