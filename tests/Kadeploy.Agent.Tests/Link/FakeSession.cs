using System.Threading.Channels;
using Grpc.Core;
using Kadeploy.Protocol.V1;

namespace Kadeploy.Agent.Tests.Link;

/// <summary>One session of an agent, seen from the controller.</summary>
internal sealed class FakeSession(Hello hello, IServerStreamWriter<ControllerMessage> stream) : IDisposable
{
    private readonly Channel<AgentMessage> _messages = Channel.CreateUnbounded<AgentMessage>();
    private readonly CancellationTokenSource _closed = new();
    private readonly List<AgentMessage> _all = [];

    public Hello Hello => hello;

    public CancellationToken Closed => _closed.Token;

    /// <summary>Everything that was received so far.</summary>
    public IReadOnlyList<AgentMessage> All
    {
        get
        {
            lock (_all)
                return [.. _all];
        }
    }

    /// <summary>Ends the session without a word.</summary>
    public void Close() => _closed.Cancel();

    public Task SendAsync(ControllerMessage message) => stream.WriteAsync(message);

    public Task RunAsync(RunStep run) => SendAsync(new ControllerMessage { Run = run });

    public Task AcknowledgeAsync(string stepId) => SendAsync(new ControllerMessage { Acknowledge = new() { StepId = stepId } });

    /// <summary>Runs a script on the agent's machine.</summary>
    public Task RunScriptAsync(string stepId, string text, uint deadlineSeconds = 60) =>
        RunAsync(new RunStep { StepId = stepId, DeadlineSeconds = deadlineSeconds, Script = new RunScript { Name = "test", Script = text } });

    /// <summary>The next message that fits; others are passed over.</summary>
    public async Task<AgentMessage> NextAsync(Func<AgentMessage, bool> fits, string what, TimeSpan? patience = null)
    {
        while (await Within.Patiently(_messages.Reader.WaitToReadAsync().AsTask(), what, patience))
            while (_messages.Reader.TryRead(out var message))
                if (fits(message))
                    return message;
        throw new InvalidOperationException($"the session ended before {what}");
    }

    public async Task<StepResult> ResultAsync(string stepId, TimeSpan? patience = null) =>
        (await NextAsync(message => message.Result?.StepId == stepId, $"the result of {stepId}", patience)).Result;

    public void Received(AgentMessage message)
    {
        lock (_all)
            _all.Add(message);
        _messages.Writer.TryWrite(message);
    }

    public void Ended() => _messages.Writer.TryComplete();

    public void Dispose() => _closed.Dispose();
}
