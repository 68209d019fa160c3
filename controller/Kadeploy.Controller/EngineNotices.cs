using Kadeploy.Deployments.Engine;

namespace Kadeploy.Controller;

/// <summary>Puts into the log what the engine notices and should not happen: a driver that throws, one that ignores its token.</summary>
internal sealed partial class EngineNotices(ILogger<DeploymentEngine> log)
{
    public void Write(string what, Exception? e) => Noticed(log, what, e);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{What}")]
    private static partial void Noticed(ILogger log, string what, Exception? e);
}
