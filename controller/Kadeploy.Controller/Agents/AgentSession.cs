using System.Net;
using System.Threading.Channels;
using Kadeploy.Protocol.V1;

namespace Kadeploy.Controller.Agents;

/// <summary>One agent's stream, from its Hello to its end.</summary>
/// <param name="identity">Who it is and for what it came.</param>
/// <param name="address">Address it dialled from: where its neighbours in the chain find it.</param>
/// <param name="chainPort">Port on which it listens for its predecessor.</param>
/// <param name="since">When it said Hello.</param>
internal sealed class AgentSession(AgentIdentity identity, IPAddress address, int chainPort, DateTimeOffset since) : IDisposable
{
    // A plan for a thousand nodes and a few steps are waiting at most; an agent that leaves more unread is stuck, and its stream is ended.
    private const int MostWaiting = 256;

    private readonly CancellationTokenSource _closed = new();
    private readonly Channel<ControllerMessage> _outgoing = Channel.CreateBounded<ControllerMessage>(
        new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });

    /// <summary>Changes once at most: when a machine that enrolled by itself is accepted.</summary>
    public AgentIdentity Identity { get; set; } = identity;

    public string Node => Identity.Node;

    public string Mac => Identity.Mac;

    public string BootId => Identity.BootId;

    public IPAddress Address { get; } = address;

    public int ChainPort { get; } = chainPort;

    public DateTimeOffset Since { get; } = since;

    /// <summary>What the agent's last heartbeat said of its memory; null before the first.</summary>
    public AgentMemory? Memory { get; set; }

    /// <summary>Cancelled when the stream is to end.</summary>
    public CancellationToken Closed => _closed.Token;

    public ChannelReader<ControllerMessage> Outgoing => _outgoing.Reader;

    /// <summary>Queues a message; ends the session when the agent reads none.</summary>
    public void Send(ControllerMessage message)
    {
        if (!_outgoing.Writer.TryWrite(message))
            Close("it does not read what it is sent");
    }

    /// <summary>Why it was closed; null while it is open.</summary>
    public string? ClosedBecause { get; private set; }

    /// <summary>Ends the stream; the first reason counts.</summary>
    public void Close(string why)
    {
        ClosedBecause ??= why;
        try
        {
            _closed.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It ended by itself while a newer stream took its place.
        }
    }

    public void Dispose() => _closed.Dispose();
}
