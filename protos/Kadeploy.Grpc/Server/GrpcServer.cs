using Grpc.AspNetCore.Server;
using Microsoft.Extensions.Logging;

namespace Grpc.Core;

/// <summary>What the calls of one application share.</summary>
internal sealed class GrpcServer(GrpcServiceOptions options, TimeProvider time, ILoggerFactory logs)
{
    public int? MaxReceiveMessageSize { get; } = options.MaxReceiveMessageSize;

    public TimeProvider Time { get; } = time;

    public ILogger Log { get; } = logs.CreateLogger("Grpc");

    /// <summary>Whether the endpoint for unknown methods was mapped: there must be but one.</summary>
    public bool AnswersUnknownMethods { get; set; }
}
