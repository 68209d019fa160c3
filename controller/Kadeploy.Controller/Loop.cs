namespace Kadeploy.Controller;

/// <summary>A loop that lasts as long as the controller: should it end before, however it does, the controller stops with a non-zero exit code.</summary>
internal abstract partial class Loop(IHostApplicationLifetime lifetime, ILogger log) : BackgroundService
{
    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await RunAsync(stoppingToken);
            if (stoppingToken.IsCancellationRequested)
                return;
            Ended(log, GetType().Name, null);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            return;
        }
#pragma warning disable CA1031 // Whatever it is: a loop that died in silence would leave every deployment stuck.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Ended(log, GetType().Name, e);
        }
        Environment.ExitCode = ExitStatus.Broken;
        lifetime.StopApplication();
    }

    /// <summary>Runs until <paramref name="stoppingToken"/> is cancelled.</summary>
    protected abstract Task RunAsync(CancellationToken stoppingToken);

    [LoggerMessage(Level = LogLevel.Critical, Message = "{Loop} ended unexpectedly; kadeployd stops")]
    private static partial void Ended(ILogger log, string loop, Exception? e);
}
