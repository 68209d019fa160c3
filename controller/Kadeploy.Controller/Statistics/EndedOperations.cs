using System.Text.Json;
using System.Threading.Channels;
using Kadeploy.Controller.Api;
using Kadeploy.Controller.Storage;
using Kadeploy.Deployments.Engine;
using Microsoft.Data.Sqlite;

namespace Kadeploy.Controller.Statistics;

/// <summary>
/// What is done with every operation that has ended: it is counted, and what lists and statistics will say of it is kept. It is read from the journal once
/// more for that, which costs nobody who waits. What is missed here, lists and statistics make up for when they are asked.
/// </summary>
internal sealed partial class EndedOperations(
    DeploymentJournal journal, Metrics metrics, OperationLists lists, History history, IHostApplicationLifetime lifetime, ILogger<EndedOperations> log) : Loop(lifetime, log)
{
    private readonly Channel<string> _ended = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true });

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        journal.Ended += OnEnded;
        return base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        journal.Ended -= OnEnded;
        base.Dispose();
    }

    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        await foreach (var id in _ended.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                var ended = DeploymentHistory.Replay(journal.Load(id));
                metrics.Count(ended);
                lists.Keep(ended);
                await history.KeepAsync(ended);
            }
            catch (Exception e) when (e is InvalidDataException or JsonException or SqliteException)
            {
                NotKept(log, id, e.Message);
            }
        }
    }

    private void OnEnded(string operation) => _ended.Writer.TryWrite(operation);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Operation}: its statistics could not be kept: {Why}")]
    private static partial void NotKept(ILogger log, string operation, string why);
}
