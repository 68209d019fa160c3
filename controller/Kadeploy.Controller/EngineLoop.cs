using Kadeploy.Deployments.Engine;

namespace Kadeploy.Controller;

/// <summary>Starts the engine before anything is served, and stops with it. A planned stop leaves deployments in the journal, to be continued.</summary>
internal sealed class EngineLoop(DeploymentEngine engine, IHostApplicationLifetime lifetime, ILogger<EngineLoop> log)
    : Loop(lifetime, log), IHostedLifecycleService
{
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await engine.ResumeAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Before the listeners close: agents that are cut off by our own stop must not be taken for lost.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        // In this order: an engine that ends before it was told to is a fault.
        await StopAsync(cancellationToken);
        await engine.StopAsync();
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    protected override Task RunAsync(CancellationToken stoppingToken) => engine.Completion.WaitAsync(stoppingToken);
}
