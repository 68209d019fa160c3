namespace Kadeploy.Transfer.Tests.Model;

/// <summary>One move of the model.</summary>
/// <param name="Name">What happened.</param>
/// <param name="Who">To which member.</param>
/// <param name="Other">With which other one.</param>
/// <param name="Counted">It need not happen: nothing may depend on it.</param>
internal readonly record struct ModelMove(string Name, int Who, int Other, bool Counted)
{
    public static ModelMove Ask(int i, int server) => new("asks", i, server, false);

    public static ModelMove Read(int i) => new("reads its answer", i, -1, false);

    public static ModelMove Round(int i) => new("starts its round again", i, -1, false);

    public static ModelMove Flow(int i) => new("receives", i, -1, false);

    public static ModelMove Own(int i) => new("is served on its own", i, -1, false);

    public static ModelMove Lose(int i, int server) => new("ends its feed from", i, server, false);

    public static ModelMove Leave(int i) => new("is too far behind", i, -1, true);

    public static ModelMove Lost(int i, int successor) => new("ends its successor", i, successor, false);

    public static ModelMove Stale(int i, int caller) => new("reads an old hello of", i, caller, false);

    public static ModelMove Done(int i) => new("tells that all below have it", i, -1, false);

    public static ModelMove End(int i) => new("ends", i, -1, false);

    public static ModelMove Plan(int i) => new("takes the new plan", i, -1, false);

    public static ModelMove Start(int i) => new("starts late", i, -1, false);

    public static ModelMove Wake(int i) => new("wakes", i, -1, true);

    public static ModelMove Heal(int i) => new("has its link again", i, -1, true);

    public static ModelMove Kill(int i) => new("IS KILLED", i, -1, true);

    public static ModelMove Freeze(int i) => new("IS FROZEN", i, -1, true);

    public static ModelMove Cut(int i) => new("LOSES ITS LINK", i, -1, true);

    public static ModelMove Slow(int i, int blamed) => new("FINDS SLOW", i, blamed, true);

    public static ModelMove Replan(int order, int dead) => new(order == 1 ? "THE CONTROLLER RE-PLANS without" : "THE CONTROLLER REVERSES without", -1, dead, true);

    public override string ToString() => $"{Who} {Name}{(Other >= 0 ? $" {Other}" : "")}";
}
