using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Programs;

namespace Kadeploy.Controller.Power;

/// <summary>
/// Sockets of power strips, switched by a command of the site. Nodes that share a socket, or are bound together by nodes that have two, are one group:
/// none of them can be switched for itself.
/// </summary>
internal sealed class PowerOutlets : IGroupPower, IDisposable
{
    private readonly OutletConfiguration? _configuration;
    private readonly Dictionary<string, PowerGroup> _groupOf = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<string>> _outletsOf = new(StringComparer.Ordinal);
    private readonly TimeProvider _time;

    // Strips have few sessions as well, and one outlet must not be switched off by one and on by another.
    private readonly SemaphoreSlim _one = new(1);

    public PowerOutlets(PowerConfiguration configuration, TimeProvider time)
    {
        (_configuration, _time) = (configuration.Outlets, time);
        var left = new SortedDictionary<string, IReadOnlyList<string>>(
            _configuration?.Feeds.ToDictionary() ?? [], StringComparer.Ordinal);
        while (left.Count > 0)
            Gather(left);
    }

    public PowerGroup? GroupOf(string node) => _groupOf.GetValueOrDefault(node);

    public async Task<PowerOutcome> RunAsync(PowerGroup group, PowerCommand command, CancellationToken cancellationToken)
    {
        var outlets = _outletsOf[group.Name];
        await _one.WaitAsync(cancellationToken);
        try
        {
            PowerOutcome? failed = null;
            if (command is PowerCommand.Off or PowerCommand.Cycle)
                foreach (var outlet in outlets)
                    failed ??= await SwitchAsync("off", outlet, cancellationToken);
            if (command is PowerCommand.Cycle)
                await Task.Delay(_configuration!.Pause, _time, cancellationToken);
            // Whatever failed before: nothing that was switched off stays so.
            if (command is PowerCommand.On or PowerCommand.Cycle)
                foreach (var outlet in outlets)
                    if (await SwitchAsync("on", outlet, CancellationToken.None) is { } failure)
                        failed ??= failure;
            return failed ?? new PowerOutcome(command != PowerCommand.Off, null);
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    /// <summary>Takes one group out of what is left: the first outlet, and whatever shares a node with it.</summary>
    private void Gather(SortedDictionary<string, IReadOnlyList<string>> left)
    {
        var (outlets, nodes) = (new List<string>(), new SortedSet<string>(StringComparer.Ordinal));
        for (var next = left.First().Key; next is not null; next = left.FirstOrDefault(o => o.Value.Any(nodes.Contains)).Key)
        {
            outlets.Add(next);
            nodes.UnionWith(left[next]);
            left.Remove(next);
        }
        var group = new PowerGroup(string.Join('+', outlets), [.. nodes]);
        _outletsOf[group.Name] = outlets;
        foreach (var node in nodes)
            _groupOf[node] = group;
    }

    private async Task<PowerOutcome?> SwitchAsync(string command, string outlet, CancellationToken cancellationToken)
    {
        var arguments = _configuration!.Arguments.Select(a =>
            a.Replace("{command}", command, StringComparison.Ordinal).Replace("{outlet}", outlet, StringComparison.Ordinal)).ToList();
        var result = await ProgramRunner.RunAsync(_configuration.Program, arguments, null, _configuration.Timeout, cancellationToken);
        return result.Succeeded ? null
            : result.TimedOut ? PowerOutcome.Failed("outlet-unreachable", $"'{_configuration.Program}' was not over after {_configuration.Timeout.TotalSeconds:0} s for outlet {outlet}")
            : PowerOutcome.Failed("outlet-refused", $"'{_configuration.Program}' ended with {result.ExitCode} for '{command}' of outlet {outlet}: {result.LastWords}");
    }
}
