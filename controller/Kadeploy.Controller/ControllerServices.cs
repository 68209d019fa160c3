using Kadeploy.Controller.Agents;
using Kadeploy.Controller.Api;
using Kadeploy.Controller.Boot;
using Kadeploy.Controller.Cache;
using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Drivers;
using Kadeploy.Controller.Environments;
using Kadeploy.Controller.Nodes;
using Kadeploy.Controller.Power;
using Kadeploy.Controller.Programs;
using Kadeploy.Controller.Remote;
using Kadeploy.Controller.Rights;
using Kadeploy.Controller.Statistics;
using Kadeploy.Controller.Storage;
using Kadeploy.Controller.Transfers;
using Kadeploy.Controller.Trust;
using Kadeploy.Controller.Uploads;
using Kadeploy.Controller.Users;
using Kadeploy.Controller.Webhooks;
using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Engine.Journal;
using Kadeploy.Transfer;

namespace Kadeploy.Controller;

/// <summary>Everything the controller is made of. All of it lives as long as the process.</summary>
internal static class ControllerServices
{
    public static void AddController(
        this IServiceCollection services, ControllerConfiguration configuration, ControllerKey key, StateLock state, Database database, ControllerIdentity identity, ChainListener chain)
    {
        services.AddSingleton(configuration).AddSingleton(TimeProvider.System).AddSingleton(key);
        // By factories, so that the container disposes of them: last of all what was made first.
        services.AddSingleton(_ => state).AddSingleton(_ => database).AddSingleton(_ => identity);
        services.AddSingleton(new ListenAddresses
        {
            Api = configuration.Listen.Api.Port,
            Agents = configuration.Listen.Agents.Port,
            Boot = configuration.Listen.Boot.Port,
            Chain = chain.EndPoint.Port,
        });
        services.AddSingleton(_ => chain);
        services.Configure<HostOptions>(o => o.ShutdownTimeout = configuration.StopGrace + TimeSpan.FromSeconds(15));

        services.AddSingleton<NodeStore>().AddSingleton<MachineStore>().AddSingleton<EnvironmentStore>().AddSingleton<ArmingStore>()
            .AddSingleton<AgentSecretStore>().AddSingleton<ReportStore>().AddSingleton<HostKeyStore>().AddSingleton<DeploymentJournal>()
            .AddSingleton<TransferStore>().AddSingleton<NodeTokenStore>().AddSingleton<BroadcastFileStore>();
        services.AddSingleton<IDeploymentJournal>(s => s.GetRequiredService<DeploymentJournal>());

        services.AddSingleton<BootWatch>().AddSingleton<BootReports>().AddSingleton<BootProfiles>().AddSingleton<FirmwareKinds>();
        services.AddSingleton<AgentSessions>().AddSingleton<OwnLateness>().AddSingleton<AgentSteps>().AddSingleton<AgentGreeter>().AddSingleton<AgentLinkService>();
        services.AddGrpc(o => o.MaxReceiveMessageSize = 1 << 20);
        services.AddSingleton(configuration.Ipmi).AddSingleton<IpmiTool>().AddSingleton<IpmiPower>();
        services.AddSingleton(configuration.Redfish).AddSingleton<RedfishClient>().AddSingleton<RedfishPower>();
        services.AddSingleton(configuration.Power).AddSingleton<CommandPower>().AddSingleton<IGroupPower, PowerOutlets>().AddSingleton<IPower, PowerDesk>();
        services.AddSingleton<IRemoteShell, OpenSsh>();
        services.AddSingleton<ImageFolders>().AddSingleton<EnvironmentRegistrar>().AddSingleton<EnvironmentSignatures>().AddSingleton<ImageCheck>();

        services.AddSingleton<LevelClimb>().AddSingleton<SiteCommands>().AddSingleton<ProfileStore>();
        services.AddSingleton<SwitchPxe>().AddSingleton<SetVlan>().AddSingleton<PowerSwitch>().AddSingleton<KexecIntoDeployment>()
            .AddSingleton<CustomBroadcast>().AddSingleton<Custom>().AddSingleton<Reboot>().AddSingleton<WaitForAgent>().AddSingleton<WaitForInstalledSystem>()
            .AddSingleton<WaitReboot>().AddSingleton<AgentOrders>().AddSingleton<Broadcast>();
        services.AddSingleton<BroadcastFiles>().AddSingleton<ImageSources>().AddSingleton<WholeImages>().AddSingleton<ChainLimits>().AddSingleton<NodePlaces>();
        services.AddSingleton<DriverCatalogue>().AddSingleton<IStepDriver>(s => s.GetRequiredService<DriverCatalogue>().Make());
        services.AddSingleton<EngineNotices>();
        services.AddSingleton(s =>
        {
            var agents = s.GetRequiredService<AgentSteps>();
            var engine = new DeploymentEngine(
                s.GetRequiredService<IStepDriver>(),
                s.GetRequiredService<IDeploymentJournal>(),
                s.GetRequiredService<TimeProvider>(),
                EngineOptions.Default with { Windows = configuration.Windows, Heard = agents.Acknowledge, Notice = s.GetRequiredService<EngineNotices>().Write });
            agents.Awaits = engine.Awaits;
            return engine;
        });
        services.AddSingleton<PlannedStop>().AddSingleton<ServiceManager>();
        services.AddSingleton<LeaseStore>();
        services.AddSingleton<ConfigurationReload>().AddHostedService(s => s.GetRequiredService<ConfigurationReload>());
        services.AddHostedService<EngineLoop>().AddHostedService<LeaseKeeper>().AddHostedService<HookLoop>();

        services.AddSingleton<ApiTokenStore>().AddSingleton<RightStore>().AddSingleton<AuditStore>().AddSingleton<Refusals>().AddSingleton<Enrolments>().AddSingleton<NodeAddresses>();
        services.AddRateLimiter(RequestRates.Configure);
        services.AddSingleton<Authentication>().AddSingleton<AuditTrail>().AddSingleton<IdempotencyStore>().AddSingleton<IdempotencyKeys>().AddSingleton<RightsBook>().AddSingleton<Access>();
        // After the engine's loop: it looks at what runs.
        services.AddHostedService<RightsWatch>();
        services.AddSingleton(s => new FileCache(
            Path.Combine(configuration.StateDirectory, "cache"),
            configuration.CacheBytes,
            s.GetRequiredService<TimeProvider>(),
            new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(10), UseProxy = false, MaxAutomaticRedirections = 5 }));
        services.AddSingleton<StatisticsStore>().AddSingleton<History>().AddHostedService(s => s.GetRequiredService<History>()).AddSingleton<Metrics>().AddHostedService<EndedOperations>();
        services.AddSingleton<WebhookOutbox>().AddHostedService<WebhookSender>();
        services.AddSingleton<RemoteArchives>().AddSingleton<UploadStore>().AddSingleton<UploadFolder>().AddSingleton<ImageUploadEndpoints>().AddSingleton<EnvironmentLookup>().AddSingleton<UserEndpoints>().AddSingleton<RightEndpoints>();
        services.AddSingleton<AdminToken>().AddSingleton<NodeSelection>().AddSingleton<NodeEndpoints>().AddSingleton<PowerEndpoints>()
            .AddSingleton<RebootEndpoints>().AddSingleton<Submission>().AddSingleton<PlannedNodes>().AddSingleton<EnvironmentEndpoints>().AddSingleton<DeploymentEndpoints>()
            .AddSingleton<BroadcastEndpoints>().AddSingleton<NodeCommands>().AddSingleton<ExecEndpoints>().AddSingleton<ConsoleEndpoint>().AddSingleton<EventStream>().AddSingleton<EventFrames>()
            .AddSingleton<SummaryStore>().AddSingleton<OperationLists>();
    }
}
