namespace Kadeploy.Transfer.Tests.Model;

/// <summary>What is not any one member's.</summary>
/// <param name="Faults">How many may still happen.</param>
/// <param name="Order">0: there is no second plan. 1: it has the same order. 2: the reverse.</param>
/// <param name="Dead">The member that the second plan declares dead, or 0.</param>
internal readonly record struct ModelPlan(int Faults, int Order, int Dead)
{
    public ulong Pack() => (ulong)(Faults | Order << 4 | Dead << 8);

    public static ModelPlan Unpack(ulong bits) => new((int)bits & 15, (int)(bits >> 4) & 15, (int)(bits >> 8) & 15);
}
