using Kadeploy.Deployments.Engine;

namespace Kadeploy.Simulation;

/// <summary>Micro-steps on simulated nodes, done the way the real drivers do them, with the faults of real ones.</summary>
internal sealed class SimulatedDriver(
    IReadOnlyDictionary<string, SimulatedNode> nodes,
    Random random,
    TimeProvider time,
    Invariants invariants,
    Action<string> trace) : IStepDriver
{
    private static readonly IReadOnlyDictionary<string, string> NoFacts = new Dictionary<string, string>();

    public async Task RunAsync(StepExecution execution, IStepReport report, CancellationToken cancellationToken)
    {
        trace($"call {execution.Id} on {string.Join(' ', execution.Nodes.Select(n => n.Name))}");
        var call = new SimulatedCall(execution);
        invariants.CallBegins(call);
        var guarded = new GuardedReport(call, report, invariants);
        try
        {
            await Task.WhenAll(execution.Nodes.Select(n => RunAsync(execution, nodes[n.Name], guarded, cancellationToken)));
        }
        finally
        {
            // What was cancelled takes a while to let go of its machines.
            if (cancellationToken.IsCancellationRequested)
                await Task.Delay(TimeSpan.FromSeconds(random.Next(5)), time, CancellationToken.None);
            invariants.CallEnds(call);
        }
    }

    private async Task RunAsync(StepExecution execution, SimulatedNode node, GuardedReport report, CancellationToken token)
    {
        if (node.Faults.DriverBugs > 0 && random.NextDouble() < node.Faults.DriverBugs)
        {
            // It says nothing of the node, and touches it no more.
            report.Dropped(node.Name);
            if (random.Next(2) == 0)
                throw new InvalidOperationException("simulated bug");
            return;
        }

        report.Progress(node.Name, "begins");
        var own = report.TokenOf(node.Name);
        Outcome outcome;
        var doing = DoAsync(execution, node, own);
        try
        {
            outcome = await doing.WaitAsync(own);
        }
        catch (OperationCanceledException) when (own.IsCancellationRequested && !token.IsCancellationRequested)
        {
            // A command on its way to a BMC arrives: it is waited for, a little less long than the engine waits.
            await Task.WhenAny(doing, Task.Delay(TimeSpan.FromSeconds(random.Next(5)), time, CancellationToken.None));
            if (execution.MicroStep is "reboot" or "power")
                await Task.WhenAny(doing, Task.Delay(TimeSpan.FromSeconds(5), time, CancellationToken.None));
            report.LetGo(node.Name);
            return;
        }

        // Words overtake each other on their way.
        if (random.Next(20) == 0)
            await Task.Delay(TimeSpan.FromSeconds(3 * random.NextDouble()), time, CancellationToken.None);
        report.Finished(node.Name, outcome);
        // Duplicates and late words must do no harm.
        if (random.Next(20) == 0)
            report.Repeat(node.Name, random.Next(2) == 0 ? outcome : new Outcome.Failed(Party.Agent, "late-word", ""));
        if (random.Next(20) == 0)
            report.Progress(node.Name, "late");
    }

    private async Task<Outcome> DoAsync(StepExecution execution, SimulatedNode node, CancellationToken token)
    {
        switch (execution.MicroStep)
        {
            case "switch_pxe":
                node.Profile = execution.Arguments["profile"];
                node.Armed = node.Profile == "deploy";
                return Outcome.Done.Plain;
            case "reboot":
                var before = node.BootId;
                // Issued again after a crash of the controller, the first reset may have used the arming up meanwhile (found by seed 120).
                node.Armed = execution.Arguments.GetValueOrDefault("profile") == "deploy";
                if (await node.ResetAsync() is null)
                    return new Outcome.Failed(Party.Bmc, "bmc-unreachable", "simulated");
                // Taken by a boot that this reset has ended (found by seed 2691).
                node.Armed = execution.Arguments.GetValueOrDefault("profile") == "deploy";
                return Facts("boot-id-before", before);
            case "power":
                return await PowerAsync(execution, node);
            case "custom" when execution.Arguments["on"] == "system":
                return node.System == SimulatedSystem.Installed ? Outcome.Done.Plain : new Outcome.Failed(Party.InstalledSystem, "no-ssh", "simulated");
            case "wait_reboot":
                return await WaitAsync(execution, node, token);
            case "reboot_from_deploy_env":
                return Leave(node, null);
            case "kexec":
                return Leave(node, SimulatedSystem.Installed);
            case "send_environment":
                var sha = execution.Deployment.Environment.Image.Sha256;
                return await AgentAsync(execution, node, 20 + execution.Nodes.Count, d => d with { Image = d.Formatted ? sha : "" }, token) switch
                {
                    Outcome.Done => Facts("image-sha256", sha),
                    var other => other,
                };
            case "create_partition_table":
                return await AgentAsync(execution, node, 2, _ => new(true, false, "", false), token);
            case "format_deploy_part":
                return await AgentAsync(execution, node, 3, d => d with { Formatted = d.Partitioned, Image = "" }, token);
            case "install_bootloader":
                return await AgentAsync(execution, node, 2, d => d with { Bootable = d.Image.Length > 0 }, token);
            default:
                return await AgentAsync(execution, node, 1, d => d, token);
        }
    }

    private static async Task<Outcome> PowerAsync(StepExecution execution, SimulatedNode node)
    {
        var action = execution.Arguments["action"];
        if (action == "status")
            return Power(await node.StatusAsync());
        // Hard, then harder; believed when it was read back.
        for (var level = 0; level < 2; level++)
        {
            var said = action switch
            {
                "on" => await node.SwitchAsync(true),
                "off" => await node.SwitchAsync(false),
                _ => await node.ResetAsync(),
            };
            if (said is not null && await node.StatusAsync() is { } on && on == (action != "off"))
                return Power(on);
        }

        return new Outcome.Failed(Party.Bmc, "power-unchanged", "simulated");
    }

    private static Outcome Power(bool? on) =>
        on is { } known ? Facts("power", known ? "on" : "off") : new Outcome.Failed(Party.Bmc, "bmc-unreachable", "simulated");

    private static async Task<Outcome> WaitAsync(StepExecution execution, SimulatedNode node, CancellationToken token)
    {
        var wanted = execution.Arguments["system"] == "deploy" ? SimulatedSystem.Deploy : SimulatedSystem.Installed;
        var before = execution.Facts[node.Name].GetValueOrDefault("boot-id-before");
        while (node.System != wanted || node.BootId == before)
            await node.Changed.WaitAsync(token);
        return Facts("boot-id", node.BootId);
    }

    private async Task<Outcome> AgentAsync(
        StepExecution execution, SimulatedNode node, double seconds, Func<SimulatedDisk, SimulatedDisk> change, CancellationToken token)
    {
        // An agent that went away is given the time to come back, then the step is sent again under the same id.
        for (var tries = 0; tries < 3; tries++)
        {
            if (await node.StepAsync(execution.Id, seconds, change).WaitAsync(token) is { } outcome)
                return outcome;
            await Task.Delay(TimeSpan.FromSeconds(3), time, token);
        }

        return new Outcome.Failed(Party.Agent, "agent-lost", "simulated");
    }

    private static Outcome.Done Leave(SimulatedNode node, SimulatedSystem? kexec)
    {
        // After a restart of the controller the machine may have left already: that is what was wanted.
        if (node.System != SimulatedSystem.Deploy)
            return Outcome.Done.Plain;
        var before = node.BootId;
        node.Boot(kexec);
        return Facts("boot-id-before", before);
    }

    private static Outcome.Done Facts(string name, string value) => new(new Dictionary<string, string>(NoFacts) { [name] = value });
}
