using System.Text.Json.Serialization;

namespace Kadeploy.Deployments.Engine;

/// <summary>How a micro-step ended for one node.</summary>
[JsonDerivedType(typeof(Done), "done")]
[JsonDerivedType(typeof(Skipped), "skipped")]
[JsonDerivedType(typeof(Failed), "failed")]
public abstract record Outcome
{
    private Outcome()
    {
    }

    /// <summary>Done, with facts that later steps and the verdict use (<c>root-uuid</c>, <c>boot-id</c>, <c>image-sha256</c>…).</summary>
    /// <param name="Facts">Facts by name; they are merged into the node's.</param>
    public sealed record Done(IReadOnlyDictionary<string, string> Facts) : Outcome
    {
        /// <summary>Done, nothing to add.</summary>
        public static Done Plain { get; } = new(new Dictionary<string, string>());
    }

    /// <summary>Not needed for this node.</summary>
    /// <param name="Why">For a person.</param>
    public sealed record Skipped(string Why) : Outcome;

    /// <summary>Failed.</summary>
    /// <param name="Party">Who is at fault.</param>
    /// <param name="Reason">Stable kebab-case code: <c>bmc-unreachable</c>, <c>disk-too-small</c>…</param>
    /// <param name="Detail">For a person: what, with what, and what to do.</param>
    public sealed record Failed(Party Party, string Reason, string Detail) : Outcome;
}
