using Grpc.Core;
using Grpc.Net.Client;
using Kadeploy.Protocol.V1;

namespace Kadeploy.Controller.Tests.Support;

/// <summary>A rogue's connection that stays open.</summary>
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
