using System.Collections.Concurrent;
using System.Text;
using Kadeploy.Controller.Programs;
using Kadeploy.Controller.Remote;
using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Controller.Tests.Support;

/// <summary>Installed systems that answer over SSH with the boot id that the test gave them, or not at all.</summary>
internal sealed class FakeShell : IRemoteShell
{
    public ConcurrentDictionary<string, string> BootIds { get; } = new();

    /// <summary>Command lines with their input, in order.</summary>
    public ConcurrentQueue<(string Node, string Command, string Input)> Commands { get; } = new();

    /// <summary>Answers commands, or the script that a shell was given; a system without a boot id answers none.</summary>
    public Func<string, string, ProgramResult> Answer { get; set; } = (_, _) => new ProgramResult(0, "", "", false);

    public bool Knows(Node node) => true;

    public Task<string?> BootIdAsync(Node node, CancellationToken cancellationToken) => Task.FromResult(BootIds.GetValueOrDefault(node.Name));

    public Task<ProgramResult> RunAsync(Node node, string command, ReadOnlyMemory<byte>? input, TimeSpan deadline, CancellationToken cancellationToken)
    {
        var text = input is { } bytes ? Encoding.UTF8.GetString(bytes.Span) : "";
        Commands.Enqueue((node.Name, command, text));
        return Task.FromResult(BootIds.ContainsKey(node.Name) ? Answer(node.Name, command == "exec sh -s" ? text : command) : new ProgramResult(255, "", "ssh: connection refused", false));
    }

    public Task<ProgramResult> CopyAsync(Node node, string file, string destination, TimeSpan deadline, CancellationToken cancellationToken) =>
        RunAsync(node, $"copy {Path.GetFileName(file)} {destination}", null, deadline, cancellationToken);
}
