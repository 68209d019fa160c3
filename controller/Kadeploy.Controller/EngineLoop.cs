using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Storage;
using Kadeploy.Deployments.Engine;

namespace Kadeploy.Controller;

/// <summary>Starts the engine before anything is served, and stops with it. A planned stop leaves deployments in the journal, to be continued.</summary>
internal sealed class EngineLoop(
    ControllerConfiguration configuration, DeploymentEngine engine, LeaseStore leases, PlannedStop stop, ServiceManager manager, IHostApplicationLifetime lifetime, ILogger<EngineLoop> log)
    : Loop(lifetime, log), IHostedLifecycleService
{
    // These take minutes by their nature and lose nothing: the machines go on booting, and the next kadeployd heads the same chain.
    private static readonly string[] NotWaitedFor = ["wait_reboot", "send_environment"];

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await leases.ReconcileAsync();
        await engine.ResumeAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        manager.Ready("serving");
        return Task.CompletedTask;
    }

    /// <summary>Before the listeners close: agents that are cut off by our own stop must not be taken for lost.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        stop.Begin();
        manager.Stopping("waiting for micro-steps that will soon be over");
        // In this order: an engine that ends before it was told to is a fault.
        await StopAsync(cancellationToken);
        await engine.StopAsync(configuration.StopGrace, execution => !NotWaitedFor.Contains(execution.MicroStep));
        stop.CutAgents();
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    protected override Task RunAsync(CancellationToken stoppingToken) => engine.Completion.WaitAsync(stoppingToken);
}
