using Grpc.Core;
using Grpc.Net.Client;
using Kadeploy.Protocol.V1;

namespace Kadeploy.Machine.Tests.Rogue;

/// <summary>A connection to the agents' port that stays open.</summary>
internal sealed class RogueSession(GrpcChannel channel, AsyncDuplexStreamingCall<AgentMessage, ControllerMessage> call, ControllerMessage answer) : IDisposable
{
    /// <summary>The first answer.</summary>
    public ControllerMessage Answer => answer;

    public void Dispose()
    {
        call.Dispose();
        channel.Dispose();
    }
}
