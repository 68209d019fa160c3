using Kadeploy.Deployments.Engine;

namespace Kadeploy.Controller;

/// <summary>Starts the engine before anything is served, and stops with it. A planned stop leaves deployments in the journal, to be continued.</summary>
internal sealed class EngineLoop(DeploymentEngine engine, IHostApplicationLifetime lifetime, ILogger<EngineLoop> log) : Loop(lifetime, log)
{
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await engine.ResumeAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        // In this order: an engine that ends before it was told to is a fault.
        await base.StopAsync(cancellationToken);
        await engine.StopAsync();
    }

    protected override Task RunAsync(CancellationToken stoppingToken) => engine.Completion.WaitAsync(stoppingToken);
}
