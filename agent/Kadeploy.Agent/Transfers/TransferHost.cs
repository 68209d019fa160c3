using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Kadeploy.Transfer;

namespace Kadeploy.Agent.Transfers;

/// <summary>The port on which this agent's successors find it, and the transfers that it takes part in.</summary>
internal sealed class TransferHost : IDisposable
{
    private readonly ConcurrentDictionary<Guid, ChainHop> _running = new();

    private TransferHost(ChainListener? listener) => Listener = listener;

    /// <summary>Null when the port could not be had: then nothing can be received.</summary>
    public ChainListener? Listener { get; }

    public int Port => Listener?.EndPoint.Port ?? 0;

    /// <param name="port">Listened on; 0 for a free one.</param>
    /// <param name="refused">Told address and reason of who is turned away.</param>
    public static TransferHost Start(int port, Action<string, string> refused)
    {
        try
        {
            return new TransferHost(ChainListener.Start(new IPEndPoint(IPAddress.Any, port), (from, why) => refused(from.ToString(), why)));
        }
        catch (SocketException exception)
        {
            Log.Line($"chain: cannot listen on port {port}: {exception.Message}");
            return new TransferHost(null);
        }
    }

    /// <summary>Runs a hop to its end; newer plans reach it meanwhile.</summary>
    public async Task<TransferResult> RunAsync(Guid transfer, ChainHop hop, CancellationToken cancellation)
    {
        _running[transfer] = hop;
        try
        {
            return await hop.RunAsync(cancellation);
        }
        finally
        {
            _running.TryRemove(transfer, out _);
        }
    }

    /// <summary>The newer plan of a transfer, which differs in who is dead; one that is not running here is none of ours.</summary>
    public void Replan(Guid transfer, int epoch, ImmutableHashSet<int> dead)
    {
        if (_running.TryGetValue(transfer, out var hop))
            hop.UpdatePlan(epoch, dead);
    }

    public void Dispose() => Listener?.Dispose();
}
