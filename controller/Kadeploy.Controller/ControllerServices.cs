using Kadeploy.Controller.Agents;
using Kadeploy.Controller.Api;
using Kadeploy.Controller.Boot;
using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Drivers;
using Kadeploy.Controller.Environments;
using Kadeploy.Controller.Nodes;
using Kadeploy.Controller.Power;
using Kadeploy.Controller.Programs;
using Kadeploy.Controller.Remote;
using Kadeploy.Controller.Storage;
using Kadeploy.Controller.Transfers;
using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Engine.Journal;
using Kadeploy.Transfer;

namespace Kadeploy.Controller;

/// <summary>Everything the controller is made of. All of it lives as long as the process.</summary>
internal static class ControllerServices
{
    public static void AddController(
        this IServiceCollection services, ControllerConfiguration configuration, ControllerKey key, Database database, ChainListener chain)
    {
        services.AddSingleton(configuration).AddSingleton(TimeProvider.System).AddSingleton(key).AddSingleton(database);
        services.AddSingleton(new ListenAddresses
        {
            Api = configuration.Listen.Api.Port,
            Agents = configuration.Listen.Agents.Port,
            Boot = configuration.Listen.Boot.Port,
            Chain = chain.EndPoint.Port,
        });
        // By a factory, so that the container disposes of it.
        services.AddSingleton(_ => chain);
        services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(10));

        services.AddSingleton<NodeStore>().AddSingleton<MachineStore>().AddSingleton<EnvironmentStore>().AddSingleton<ArmingStore>()
            .AddSingleton<AgentSecretStore>().AddSingleton<ReportStore>().AddSingleton<HostKeyStore>().AddSingleton<DeploymentJournal>()
            .AddSingleton<TransferStore>();
        services.AddSingleton<IDeploymentJournal>(s => s.GetRequiredService<DeploymentJournal>());

        services.AddSingleton<BootWatch>().AddSingleton<BootReports>().AddSingleton<BootProfiles>().AddSingleton<FirmwareKinds>();
        services.AddSingleton<AgentSessions>().AddSingleton<AgentSteps>().AddSingleton<AgentGreeter>().AddSingleton<AgentLinkService>();
        services.AddGrpc(o => o.MaxReceiveMessageSize = 1 << 20);
        services.AddSingleton(configuration.Ipmi).AddSingleton<IpmiTool>().AddSingleton<IPower, IpmiPower>();
        services.AddSingleton<IRemoteShell, OpenSsh>();
        services.AddSingleton<ImageFolders>().AddSingleton<EnvironmentRegistrar>().AddSingleton<ImageCheck>();

        services.AddSingleton<IGroupPower, NoGroups>().AddSingleton<LevelClimb>().AddSingleton<SiteCommands>().AddSingleton<ProfileStore>();
        services.AddSingleton<SwitchPxe>().AddSingleton<SetVlan>().AddSingleton<PowerSwitch>().AddSingleton<KexecIntoDeployment>()
            .AddSingleton<CustomBroadcast>().AddSingleton<Custom>().AddSingleton<Reboot>().AddSingleton<WaitForAgent>().AddSingleton<WaitForInstalledSystem>()
            .AddSingleton<WaitReboot>().AddSingleton<AgentOrders>().AddSingleton<Broadcast>();
        services.AddSingleton<DriverCatalogue>().AddSingleton<IStepDriver>(s => s.GetRequiredService<DriverCatalogue>().Make());
        services.AddSingleton(s => new DeploymentEngine(
            s.GetRequiredService<IStepDriver>(), s.GetRequiredService<IDeploymentJournal>(), s.GetRequiredService<TimeProvider>()));
        services.AddHostedService<EngineLoop>();
        services.AddHostedService<HookLoop>();

        services.AddSingleton<AdminToken>().AddSingleton<NodeSelection>().AddSingleton<NodeEndpoints>().AddSingleton<PowerEndpoints>()
            .AddSingleton<RebootEndpoints>().AddSingleton<Submission>().AddSingleton<PlannedNodes>().AddSingleton<EnvironmentEndpoints>().AddSingleton<DeploymentEndpoints>();
    }
}
