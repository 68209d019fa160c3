using System.Collections.Concurrent;
using Kadeploy.Deployments.Engine;

namespace Kadeploy.Controller.Tests.Drivers;

/// <summary>Keeps what a driver says of its nodes.</summary>
internal sealed class KeptReport : IStepReport
{
    private readonly ConcurrentDictionary<string, CancellationTokenSource> _leave = new();

    public ConcurrentDictionary<string, Outcome> Outcomes { get; } = new();

    public ConcurrentQueue<string> LetGone { get; } = new();

    public void Finished(string node, Outcome outcome) => Assert.True(Outcomes.TryAdd(node, outcome), $"{node} was reported twice");

    public void Progress(string node, string activity, long done = 0, long total = 0)
    {
    }

    public CancellationToken TokenOf(string node) => Of(node).Token;

    public void LetGo(string node) => LetGone.Enqueue(node);

    /// <summary>What takes a node out.</summary>
    public CancellationTokenSource Of(string node) => _leave.GetOrAdd(node, _ => new CancellationTokenSource());
}
