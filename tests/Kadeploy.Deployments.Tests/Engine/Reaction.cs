using Kadeploy.Deployments.Engine;

namespace Kadeploy.Deployments.Tests.Engine;

/// <summary>How one node answers one micro-step.</summary>
/// <param name="After">How long it takes.</param>
/// <param name="Outcome">What it says; null: nothing, ever.</param>
internal sealed record Reaction(TimeSpan After, Outcome? Outcome)
{
    public static Reaction Ok { get; } = new(TimeSpan.Zero, Outcome.Done.Plain);

    public static Reaction Never { get; } = new(Timeout.InfiniteTimeSpan, null);

    public static Reaction Bad { get; } = Fails("broken");

    public static Reaction Fails(string reason) => new(TimeSpan.Zero, new Outcome.Failed(Party.Agent, reason, "as told"));

    public static Reaction OkAfter(double seconds) => new(TimeSpan.FromSeconds(seconds), Outcome.Done.Plain);
}
