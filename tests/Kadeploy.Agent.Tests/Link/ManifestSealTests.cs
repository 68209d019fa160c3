using System.Net;
using Google.Protobuf;
using Grpc.Net.Client;
using Kadeploy.Agent.Link;
using Kadeploy.TestSupport;
using Kadeploy.Transfer;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Plan = Kadeploy.Transfer.TransferPlan;
using WirePlan = Kadeploy.Protocol.V1.TransferPlan;

namespace Kadeploy.Agent.Tests.Link;

public sealed class ManifestSealTests
{
    private static readonly X509Certificate2 Controller = SelfSigned.Make();
    private static readonly X509Certificate2 Stranger = SelfSigned.Make();
    private static readonly byte[] Key = Controller.PublicKey.ExportSubjectPublicKeyInfo();

    [Fact]
    public void Plan_SignedByTheController_IsBelieved()
    {
        var (plan, wire) = Make(Controller);

        Assert.False(TransferMapping.Plan(wire, Key).Failed(out _, out var read));

        Assert.Equal((plan.TransferId, plan.Manifest.Sha256), (read.TransferId, read.Manifest.Sha256));
    }

    [Theory]
    [InlineData("another manifest")]
    [InlineData("one bit of the signature")]
    [InlineData("another key")]
    [InlineData("another transfer")]
    [InlineData("no signature")]
    [InlineData("no key")]
    public void Plan_TamperedWith_IsRefused(string how)
    {
        var (plan, wire) = Make(how == "another key" ? Stranger : Controller);
        switch (how)
        {
            case "another manifest":
                wire.Packed = ByteString.CopyFrom((plan with { Manifest = ManifestOf(8) }).Pack());
                break;
            case "one bit of the signature":
                var bytes = wire.ManifestSignature.ToByteArray();
                bytes[^1] ^= 1;
                wire.ManifestSignature = ByteString.CopyFrom(bytes);
                break;
            case "another transfer":
                wire.Packed = ByteString.CopyFrom((plan with { TransferId = Guid.NewGuid() }).Pack());
                break;
            case "no signature":
                wire.ManifestSignature = ByteString.Empty;
                break;
        }

        Assert.True(TransferMapping.Plan(wire, how == "no key" ? [] : Key).Failed(out var failure, out _));

        Assert.Equal(("controller", "manifest-signature"), (failure!.Party, failure.Reason));
    }

    [Fact]
    public void Parse_OnlyADigest_IsAPin()
    {
        var pin = PinnedKey.Of(Controller);

        Assert.Equal(pin, PinnedKey.Parse(pin)!.Pin);
        Assert.All(["", "12", pin[..63], pin + "0", pin[..63] + "g"], text => Assert.Null(PinnedKey.Parse(text)));
    }

    private static Manifest ManifestOf(byte content) => Manifest.Compute(new MemoryStream([content, 2, 3]));

    private static (Plan Plan, WirePlan Wire) Make(X509Certificate2 signer)
    {
        var plan = Plan.Create(ManifestOf(7), [new ChainMember("head", new IPEndPoint(IPAddress.Loopback, 1)), new ChainMember("node-1", new IPEndPoint(IPAddress.Loopback, 2))]);
        using var key = signer.GetECDsaPrivateKey()!;
        var wire = new WirePlan
        {
            TransferId = plan.TransferId.ToString(),
            Epoch = 1,
            Packed = ByteString.CopyFrom(plan.Pack()),
            ManifestSignature = ByteString.CopyFrom(key.SignData(ManifestSeal.Message(plan.TransferId, plan.Manifest.ToBytes()), HashAlgorithmName.SHA256)),
        };
        return (plan, wire);
    }
}
