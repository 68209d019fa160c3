using System.Runtime.InteropServices;
using Kadeploy.Controller.Storage;
using Kadeploy.Controller.Yaml;

namespace Kadeploy.Controller.Configuration;

/// <summary>
/// Registers the nodes of nodes.yaml at the start; on SIGHUP reads the configuration again and takes over what may change. A file with a mistake changes
/// nothing, and the log says which.
/// </summary>
internal sealed partial class ConfigurationReload(ControllerConfiguration configuration, NodeStore nodes, ILogger<ConfigurationReload> log) : IHostedService, IDisposable
{
    private readonly Lock _lock = new();
    private PosixSignalRegistration? _signal;

    /// <exception cref="StartException">A node of nodes.yaml has a MAC of another node.</exception>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (Declare(configuration) is { } taken)
            throw new StartException($"{NodesFile.Name}: {taken} is registered for another node, which the file does not have");
        _signal = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            Reload();
        });
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    public void Dispose() => _signal?.Dispose();

    /// <summary>What SIGHUP does.</summary>
    public void Reload()
    {
        lock (_lock)
        {
            try
            {
                var newer = ConfigurationFile.Load(configuration.Directory);
                if (Declare(newer) is { } taken)
                {
                    Refused(log, $"{NodesFile.Name}: {taken} is registered for another node, which the file does not have");
                    return;
                }
                var waiting = configuration.TakeOver(newer);
                if (waiting.Count == 0)
                    Reloaded(log, newer.Nodes.Count);
                else
                    ReloadedInPart(log, newer.Nodes.Count, string.Join(", ", waiting));
            }
            catch (YamlMistakeException e)
            {
                Refused(log, e.Mistake.ToString());
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Refused(log, e.Message);
            }
        }
    }

    private string? Declare(ControllerConfiguration from) => from.Nodes.Count == 0 ? null : nodes.Declare(from.Nodes);

    [LoggerMessage(Level = LogLevel.Information, Message = "configuration read again; {Nodes} nodes in nodes.yaml")]
    private static partial void Reloaded(ILogger log, int nodes);

    [LoggerMessage(Level = LogLevel.Warning, Message = "configuration read again; {Nodes} nodes in nodes.yaml; these keys changed too and wait for the next start: {Keys}")]
    private static partial void ReloadedInPart(ILogger log, int nodes, string keys);

    [LoggerMessage(Level = LogLevel.Error, Message = "configuration not read again, everything is as it was: {Why}")]
    private static partial void Refused(ILogger log, string why);
}
