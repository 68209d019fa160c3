using Kadeploy.Agent.Steps;
using Kadeploy.Transfer;

namespace Kadeploy.Agent.Transfers;

/// <summary>A place that an image can be written to now.</summary>
/// <param name="Sink">Takes the image.</param>
/// <param name="Facts">The disk that it is written to, as far as it is known.</param>
/// <param name="Finish">What is left to do after the last byte; null when it went well.</param>
/// <param name="Discard">Takes away what a transfer that failed has left.</param>
internal sealed record OpenedSink(
    ISink Sink, Dictionary<string, string> Facts, Func<CancellationToken, Task<StepFailed?>> Finish, Action Discard) : IDisposable
{
    public OpenedSink(ISink sink, Dictionary<string, string> facts)
        : this(sink, facts, _ => Task.FromResult<StepFailed?>(null), () => { })
    {
    }

    public void Dispose() => Sink.Dispose();
}
