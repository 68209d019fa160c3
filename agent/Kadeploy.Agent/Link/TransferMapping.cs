using Kadeploy.Agent.Steps;
using Kadeploy.Agent.Transfers;
using Kadeploy.Protocol.V1;
using Kadeploy.Transfer;
using TransferPlan = Kadeploy.Transfer.TransferPlan;
using WirePlan = Kadeploy.Protocol.V1.TransferPlan;

namespace Kadeploy.Agent.Link;

/// <summary>The border between agent.proto's plan and sink and those of Kadeploy.Transfer.</summary>
internal static class TransferMapping
{
    /// <summary>A plan that is none is the controller's fault; one whose manifest the controller did not sign is believed from nobody.</summary>
    /// <param name="wire">As it came.</param>
    /// <param name="controllerKey">The controller's public key, DER; empty while none has proven itself.</param>
    public static Result<TransferPlan> Plan(WirePlan? wire, ReadOnlySpan<byte> controllerKey)
    {
        if (wire is null)
            return Bad("there is none");
        try
        {
            var plan = TransferPlan.Unpack(wire.Packed.Span);
            return ManifestSeal.Holds(controllerKey, plan.TransferId, plan.Manifest.ToBytes(), wire.ManifestSignature.Span)
                ? plan
                : new StepFailed(
                    Steps.Party.Controller, "manifest-signature",
                    $"the manifest of transfer {plan.TransferId} is not signed with the key by which this machine knows its controller");
        }
        catch (FormatException exception)
        {
            return Bad(exception.Message);
        }
    }

    public static ImageTarget Target(Sink? sink) => sink?.KindCase switch
    {
        Sink.KindOneofCase.Tar => new ImageTarget.Tree(Compression(sink.Compression), sink.Tar.Path),
        Sink.KindOneofCase.Block => new ImageTarget.Device(
            StepMapping.Selector(sink.Block.Disk), sink.Block.Partition, Compression(sink.Compression)),
        Sink.KindOneofCase.File => new ImageTarget.File(sink.File.Path),
        _ => new ImageTarget.Unknown(),
    };

    private static Compression? Compression(string name) => name switch
    {
        "" or "none" => Transfer.Compression.None,
        "gzip" => Transfer.Compression.Gzip,
        "bzip2" => Transfer.Compression.Bzip2,
        "xz" => Transfer.Compression.Xz,
        "zstd" => Transfer.Compression.Zstd,
        _ => null,
    };

    private static StepFailed Bad(string detail) => new(Steps.Party.Controller, "bad-plan", $"the transfer plan cannot be read: {detail}");
}
