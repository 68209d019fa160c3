using System.Collections.Concurrent;
using Kadeploy.Controller.Remote;
using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Controller.Tests.Support;

/// <summary>Installed systems that answer over SSH with the boot id that the test gave them, or not at all.</summary>
internal sealed class FakeShell : IRemoteShell
{
    public ConcurrentDictionary<string, string> BootIds { get; } = new();

    public bool Knows(Node node) => true;

    public Task<string?> BootIdAsync(Node node, CancellationToken cancellationToken) => Task.FromResult(BootIds.GetValueOrDefault(node.Name));
}
