using System.Net;
using Kadeploy.Agent.Tests;
using Kadeploy.Transfer;

namespace Kadeploy.Agent.Machine.Tests;

/// <summary>The head of a chain with one node, as the guest of QEMU's user network sees this machine.</summary>
internal sealed class ImageServer : IDisposable
{
    private const string HostSeenByGuest = "10.0.2.2";
    private const string GuestAddress = "10.0.2.15";
    private const int AgentChainPort = 25303;

    // As the controller's: the machine comes when its disk is ready, however long that takes.
    private static readonly TimeSpan Linger = TimeSpan.FromMinutes(10);

    private readonly ChainListener _listener = ChainListener.Start(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly FileImageSource _source;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _serving;

    public ImageServer(string file, string node)
    {
        _source = new FileImageSource(file);
        Manifest = Manifest.Compute(file);
        Plan = TransferPlan.Create(Manifest,
        [
            new ChainMember("head", new IPEndPoint(IPAddress.Parse(HostSeenByGuest), _listener.EndPoint.Port)),
            new ChainMember(node, new IPEndPoint(IPAddress.Parse(GuestAddress), AgentChainPort)),
        ]);
        _serving = new ChainHead(_listener, Plan, _source).RunAsync(Linger, _stop.Token);
    }

    public Manifest Manifest { get; }

    public TransferPlan Plan { get; }

    /// <param name="sign">The controller's signature.</param>
    public Protocol.V1.TransferPlan Wire(Func<byte[], byte[]> sign) => new()
    {
        TransferId = Plan.TransferId.ToString(),
        Epoch = (ulong)Plan.Epoch,
        Packed = Google.Protobuf.ByteString.CopyFrom(Plan.Pack()),
        ManifestSignature = Google.Protobuf.ByteString.CopyFrom(sign(ManifestSeal.Message(Plan.TransferId, Manifest.ToBytes()))),
    };

    public void Dispose()
    {
        _stop.Cancel();
        _serving.Wait(Within.Patience);
        _listener.Dispose();
        _source.Dispose();
        _stop.Dispose();
    }
}
