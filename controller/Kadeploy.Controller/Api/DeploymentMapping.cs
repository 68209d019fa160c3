using System.Globalization;
using System.Text.Json;
using Kadeploy.Api.Deployments;
using Kadeploy.Controller.Drivers;
using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Nodes;
using Contract = Kadeploy.Api.Deployments;

namespace Kadeploy.Controller.Api;

/// <summary>The engine's pictures of deployments as the REST contract has them.</summary>
internal static class DeploymentMapping
{
    // Between two transitions the engine's number stands still while progress goes on; the contract's grows with every event.
    private const long EventsPerTransition = 1_000_000;

    public static DeploymentInfo ToInfo(DeploymentSnapshot it, DateTimeOffset now) => new(
        it.Id,
        it.Request.User,
        EnvironmentOf(it),
        NodeSet.Fold(it.Nodes.Select(n => n.Node)),
        it.CreatedAt,
        StateOf(it),
        CountsOf(it),
        [.. it.Nodes.OrderBy(n => n.Node, NodeNameComparer.Instance).Select(n => ToProgress(n, now))],
        it.EndedAt,
        OperationMapping.ToContract(it.Request.Kind),
        OperationMapping.ActionOf(it));

    public static DeploymentSummary ToSummary(DeploymentSnapshot it) => new(
        it.Id, it.Request.User, EnvironmentOf(it), NodeSet.Fold(it.Nodes.Select(n => n.Node)), it.CreatedAt, StateOf(it), CountsOf(it), it.EndedAt,
        OperationMapping.ToContract(it.Request.Kind), OperationMapping.ActionOf(it));

    /// <summary>The transition after which a watcher that saw this event goes on.</summary>
    public static long TransitionOf(long seq) => seq / EventsPerTransition;

    /// <summary>Number of an event in the contract's count.</summary>
    /// <param name="it">The engine's event.</param>
    /// <param name="former">The number given before it on this stream.</param>
    public static long SeqOf(Kadeploy.Deployments.Engine.DeploymentEvent it, long former) =>
        Math.Max(it.Sequence * EventsPerTransition, former + (it.Kind == DeploymentEventKind.Progress ? 1 : 0));

    /// <param name="it">The engine's event.</param>
    /// <param name="seq">Its number in the contract's count.</param>
    /// <param name="holdsUp">What of the event's node limits its chain now.</param>
    public static Contract.DeploymentEvent ToContract(Kadeploy.Deployments.Engine.DeploymentEvent it, long seq, string? holdsUp)
    {
        var measured = it.Kind == DeploymentEventKind.Progress;
        return new Contract.DeploymentEvent(
            seq,
            it.At,
            it.Node,
            it.MacroStep,
            it.MicroStep,
            it.Activity,
            measured ? it.Done : null,
            measured ? it.Total : null,
            measured ? (long)it.BytesPerSecond : null,
            it.Outcome,
            ToContract(it.Failure),
            it.Text,
            measured ? holdsUp : null);
    }

    public static string TypeOf(DeploymentEventKind kind) => kind switch
    {
        DeploymentEventKind.Step => DeploymentEventTypes.Step,
        DeploymentEventKind.Progress => DeploymentEventTypes.Progress,
        DeploymentEventKind.Verdict => DeploymentEventTypes.Verdict,
        _ => DeploymentEventTypes.End,
    };

    /// <summary>A value of an enumeration as the contract writes it: <c>installed-system</c>.</summary>
    public static string NameOf<T>(T value) where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());

    private static NodeProgress ToProgress(NodeSnapshot it, DateTimeOffset now) => new(
        it.Node,
        ToContract(it.Verdict),
        Blank(it.MacroStep),
        Blank(it.MicroStep),
        Blank(it.Activity),
        it.Done,
        it.Total,
        (long)it.BytesPerSecond,
        ToContract(it.Failure),
        [.. it.Steps.Select(s => new Contract.StepRecord(
            s.MacroStep, s.MicroStep, s.Attempt, s.StartedAt, Math.Round(((s.EndedAt ?? now) - s.StartedAt).TotalSeconds, 3), s.Outcome))],
        it.MacroSeconds(now).ToDictionary(p => p.Key, p => Math.Round(p.Value, 3)),
        it.Verdict == Verdict.Deployed ? ProofOf(it.Facts) : null,
        it.Facts.GetValueOrDefault(FactNames.Power),
        it.Verdict == Verdict.Done ? it.Facts.GetValueOrDefault(FactNames.BootId) ?? it.Facts.GetValueOrDefault(FactNames.DeployBootId) : null);

    public static DeploymentProof ProofOf(IReadOnlyDictionary<string, string> facts)
    {
        return new DeploymentProof(
            facts.GetValueOrDefault(FactNames.ImageSha256),
            Number(FactNames.BytesVerified),
            Number(FactNames.BytesWritten),
            facts.GetValueOrDefault(FactNames.DiskSerial),
            facts.GetValueOrDefault(FactNames.BootId),
            (int)Number(FactNames.Refetched),
            double.TryParse(facts.GetValueOrDefault(FactNames.TransferSeconds), CultureInfo.InvariantCulture, out var seconds) ? seconds : null,
            Refetched(facts.GetValueOrDefault(FactNames.RefetchedBlocks) ?? ""));

        long Number(string name) => long.TryParse(facts.GetValueOrDefault(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : 0;
    }

    // "block:bad from:good from", as agents write it.
    private static List<RefetchedBlock>? Refetched(string text)
    {
        var blocks = text.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(one => one.Split(':'))
            .Where(parts => parts.Length == 3 && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var _))
            .Select(parts => new RefetchedBlock(int.Parse(parts[0], CultureInfo.InvariantCulture), parts[1], parts[2])).ToList();
        return blocks.Count == 0 ? null : blocks;
    }

    public static NodeVerdict ToContract(Verdict verdict) => verdict switch
    {
        Verdict.Running => NodeVerdict.Running,
        Verdict.Deployed => NodeVerdict.Deployed,
        Verdict.Done => NodeVerdict.Done,
        Verdict.Cancelled => NodeVerdict.Cancelled,
        Verdict.Stopped => NodeVerdict.Stopped,
        _ => NodeVerdict.Failed,
    };

    public static FailureInfo? ToContract(Failure? it) => it is null ? null : new FailureInfo(it.Stage, NameOf(it.Party), it.Reason, it.Detail);

    /// <summary><c>name:version</c>; empty for none.</summary>
    public static string EnvironmentOf(DeploymentSnapshot it) => it.Request.Environment.Name.Length == 0 ? "" : $"{it.Request.Environment.Name}:{it.Request.Environment.Version}";

    public static DeploymentState StateOf(DeploymentSnapshot it) =>
        it.EndedAt is null ? DeploymentState.Running : it.CancelledBy is not null ? DeploymentState.Cancelled : DeploymentState.Done;

    private static DeploymentCounts CountsOf(DeploymentSnapshot it)
    {
        var (good, running, stopped) = (it.Count(Verdict.Deployed) + it.Count(Verdict.Done), it.Count(Verdict.Running), it.Count(Verdict.Stopped));
        return new DeploymentCounts(it.Nodes.Count, good, it.Nodes.Count - good - running - stopped, running, stopped);
    }

    private static string? Blank(string text) => text.Length == 0 ? null : text;
}
