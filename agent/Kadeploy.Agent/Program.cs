using Grpc.Net.Client;
using Kadeploy.Agent.Init;
using Kadeploy.Agent.Inventory;
using Kadeploy.Agent.Link;
using Kadeploy.Agent.Steps;
using Kadeploy.Agent.Transfers;

namespace Kadeploy.Agent;

/// <summary>
/// kadeploy-agent. As PID 1 it is the deployment environment's init (<see cref="InitRole"/>), which starts it again as <c>agent</c>: then it
/// (1) reads what the boot profile said, (2) listens for its successors in the chain, (3) waits for init to bring up the network and keeps
/// loading drivers of devices that appear, and (4) serves the controller: <see cref="ControllerLink"/> → <see cref="StepDesk"/> → a step → the
/// chain's hop.
/// </summary>
internal static class Program
{
    private const string RunFolder = "/run/kadeploy";
    private const string TargetFolder = "/mnt/target";

    public static async Task<int> Main(string[] arguments)
    {
        if (Environment.ProcessId == 1)
            return InitRole.Run();
        if (arguments is ["--version"])
        {
            Log.Line($"version {AgentIdentity.Version}");
            return 0;
        }
        switch (arguments)
        {
            case ["agent"]:
                return await ServeMachineAsync(TimeProvider.System);
            case ["run", .. var rest]:
                var (options, problem) = HostOptions.Parse(rest);
                if (options is not null)
                    return await ServeHostAsync(options, TimeProvider.System);
                Log.Line($"{problem}\n{HostOptions.Usage}");
                return 2;
            default:
                Log.Line($"this program is PID 1 of the deployment environment; by hand only\n{HostOptions.Usage}");
                return 2;
        }
    }

    private static async Task<int> ServeMachineAsync(TimeProvider time)
    {
        // 1
        var root = new MachineRoot();
        var parameters = KernelCommandLine.Parse(MachineRoot.Read($"{root.Proc}/cmdline"));
        if (parameters.Controller is not { } controller)
        {
            Log.Line("the kernel command line has no kadeploy.controller=HOST:PORT");
            return 2;
        }
        if (PinnedKey.Parse(MachineRoot.Read(HostOptions.PinFile)) is not { } key)
        {
            Log.Line($"this initramfs says nothing about the controller's key ({HostOptions.PinFile}): it did not come from the controller's /initramfs, and nobody is dialed");
            await Task.Delay(Timeout.InfiniteTimeSpan, time);
            return 2;
        }
        var workshop = Workshop.Make(root, TargetFolder, time) with { RunFolder = RunFolder, SerialConsoles = parameters.SerialConsoles };
        // 2
        var outbox = new Outbox(time);
        using var transfers = TransferHost.Start(HostOptions.DefaultChainPort, outbox.Stranger);
        // 3
        var news = new NetworkNews(RunFolder);
        var connected = await news.WaitAsync(time, CancellationToken.None);
        HotPlug.Start(new Drivers(workshop.Runner, root.Sys, news.Drivers));
        // 4
        var identity = new AgentIdentity(parameters.Token, Mac(parameters, root, connected), workshop.BootId, transfers.Port, root);
        await ServeAsync(controller, key, identity, workshop, transfers, outbox, null, name => _ = Linux.Machine.SetHostName(name), time);
        // Refused for good: the machine waits for its operator, and its init must not start the agent again and again.
        await Task.Delay(Timeout.InfiniteTimeSpan, time);
        return 0;
    }

    /// <summary>On an installed host it is known by its node's token, receives files below one folder, and touches nothing else.</summary>
    private static async Task<int> ServeHostAsync(HostOptions options, TimeProvider time)
    {
        var root = new MachineRoot();
        var workshop = Workshop.Make(root, Path.Combine(options.State, "target"), time) with { RunFolder = options.State };
        var outbox = new Outbox(time);
        using var transfers = TransferHost.Start(options.ChainPort, outbox.Stranger);
        if (transfers.Listener is null)
            return 1;
        var identity = new AgentIdentity(options.Token, "", workshop.BootId, transfers.Port, root);
        try
        {
            await ServeAsync(options.Controller, options.Key, identity, workshop, transfers, outbox, options.Folder, _ => { }, time);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Log.Line($"--state {options.State}: {e.Message}");
        }
        return 1;
    }

    private static async Task ServeAsync(
        (string Host, int Port) controller, PinnedKey key, AgentIdentity identity, Workshop workshop, TransferHost transfers, Outbox outbox, string? hostFolder,
        Action<string> named, TimeProvider time)
    {
        var memory = new SessionMemory(workshop.RunFolder);
        var desk = new StepDesk(outbox, memory, time);
        var mapping = new StepMapping(workshop, transfers, outbox.Transfer, key, hostFolder);
        identity.Neighbours.Start(new NetworkCards(identity.Root).List().Select(card => card.Name), () => outbox.Inventory(new InventoryNote(identity.Describe())));
        var link = new ControllerLink(
            () => new LinkSession(identity, key, outbox, desk, mapping, memory, time, named),
            new UriBuilder(Uri.UriSchemeHttps, controller.Host, controller.Port).Uri, new Redial(new Random()), time);
        await link.RunAsync(CancellationToken.None);
    }

    // Of the interface that booted; when nobody said which, of the one that got a lease first.
    private static string Mac(KernelCommandLine parameters, MachineRoot root, string connected) =>
        parameters.Mac.Length > 0 ? parameters.Mac : MachineRoot.Read($"{root.Sys}/class/net/{connected}/address");
}
