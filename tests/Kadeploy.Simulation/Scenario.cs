using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Environments;
using Kadeploy.Deployments.Nodes;
using Kadeploy.Deployments.Plans;

namespace Kadeploy.Simulation;

/// <summary>What one seed stands for: machines with their faults, requests and when they come, and when the controller dies.</summary>
internal sealed record Scenario(
    IReadOnlyList<(string Name, Faults Faults)> Nodes,
    IReadOnlyList<(DeploymentRequest Request, IReadOnlyList<Assignment> Assignments, double At)> Requests,
    IReadOnlyList<(string Deployment, string? Node, double At)> Cancels,
    IReadOnlyDictionary<int, bool> Crashes,
    double SecondsAway,
    WindowSize? RebootWindow)
{
    public static Scenario Draw(int seed)
    {
        var random = new Random(seed);
        var nodes = Enumerable.Range(1, random.Next(1, 13)).Select(i => ($"node-{i}", Faults.Draw(random))).ToList();
        var requests = Enumerable.Range(1, random.Next(1, 5)).Select(i => Request($"D-{i}", random, nodes.Select(n => n.Item1).ToList())).ToList();
        requests.AddRange(Enumerable.Range(1, random.Next(4)).Select(i => Operation(i, random, nodes.Select(n => n.Item1).ToList())));
        var cancels = requests.Where(_ => random.Next(8) == 0)
            .Select(r => (r.Request.Id, random.Next(2) == 0 ? null : nodes[random.Next(nodes.Count)].Item1, r.At + (random.NextDouble() * 300))).ToList();
        var crashes = new Dictionary<int, bool>();
        for (var i = random.Next(5); i > 0; i--)
            crashes[random.Next(1, 150)] = random.Next(2) == 0;
        return new(nodes, requests, cancels, crashes, random.Next(3) switch { 0 => 0, 1 => 5, _ => random.NextDouble() * 1000 },
            random.Next(2) == 0 ? null : new(random.Next(1, 5), TimeSpan.FromSeconds(random.Next(3) * 5)));
    }

    /// <summary>Three healthy nodes, one request, one crash: for trying every write in turn.</summary>
    public static Scenario OneCrash(int write, bool kept, string boot)
    {
        var random = new Random(1);
        var names = new List<string> { "node-1", "node-2", "node-3" };
        var request = Request("D-1", random, names);
        var asked = request.Request with { Boot = boot };
        return new(
            [.. names.Select(n => (n, Faults.None))],
            [(asked, [new(MakePlan(asked, PlanSettings.Default), [.. names.Select(MakeNode)])], 0)],
            [],
            write == 0 ? new() : new Dictionary<int, bool> { [write] = kept },
            5,
            new(2, TimeSpan.FromSeconds(1)));
    }

    private static (DeploymentRequest Request, IReadOnlyList<Assignment> Assignments, double At) Request(string id, Random random, List<string> names)
    {
        var sha = $"{id}-image";
        var environment = new DeployableEnvironment(
            "1", "debian12", 1, "root", new("/images/debian12.tar.zst", ImageKind.Tar, "zstd", 1, sha), "ext4", "/vmlinuz", "/initrd.img", "", []);
        var request = new DeploymentRequest(id, "alice", environment, [], 3, "", random.Next(2) == 0 ? "reboot" : "kexec", new Dictionary<string, string>())
        {
            Force = random.Next(4) == 0,
        };
        var chosen = names.Where(_ => random.Next(3) > 0).DefaultIfEmpty(names[0]).ToList();
        var split = random.Next(3) == 0 ? random.Next(chosen.Count) : 0;
        var parts = new[] { chosen.Take(split).ToList(), chosen.Skip(split).ToList() }.Where(p => p.Count > 0);
        var assignments = parts.Select(p => new Assignment(MakePlan(request, Settings(random)), [.. p.Select(MakeNode)])).ToList();
        return (request, assignments, random.NextDouble() * 600);
    }

    /// <summary>A reboot, a power operation or a status.</summary>
    private static (DeploymentRequest Request, IReadOnlyList<Assignment> Assignments, double At) Operation(int number, Random random, List<string> names)
    {
        var kind = (OperationKind)random.Next(1, 4);
        var request = new DeploymentRequest(
            $"{"?RPS"[(int)kind]}-{number}", "carol", DeployableEnvironment.None, [], 0, "", "reboot", new Dictionary<string, string>())
        {
            Kind = kind,
            Force = random.Next(2) == 0,
        };
        var settings = PlanSettings.Default with { Limits = new Dictionary<string, TimeLimit> { ["wait_reboot"] = new("200+n") } };
        Plan plan;
        var errors = kind switch
        {
            OperationKind.Reboot => OperationPlan.TryMakeReboot(
                request, random.Next(3) == 0 ? "deploy_env" : "simple", PowerLevels.All[random.Next(3)], settings, out plan),
            OperationKind.Power => OperationPlan.TryMakePower(
                request, OperationPlan.PowerActions.Keys.ElementAt(random.Next(4)), PowerLevels.All[random.Next(3)], settings, out plan),
            _ => OperationPlan.TryMakePower(request, "status", null, settings, out plan),
        };
        if (errors.Count > 0)
            throw new Violation(string.Join("; ", errors));
        var chosen = names.Where(_ => random.Next(3) == 0).DefaultIfEmpty(names[0]).ToList();
        return (request, [new(plan, [.. chosen.Select(MakeNode)])], random.NextDouble() * 1200);
    }

    private static PlacedOperation Custom(string stage, string step, Placement when) =>
        new(stage, step, when, new("mine", CustomAction.Exec, "true", "", "", "", new("30"), 1, false));

    private static PlanSettings Settings(Random random) => PlanSettings.Default with
    {
        SetDeploymentEnv = [new("SetDeploymentEnvUntrusted", random.Next(3), random.Next(3) == 0 ? new("400") : null)],
        BroadcastEnv = [new("BroadcastEnvChain", random.Next(2), random.Next(3) == 0 ? new("100+10*n") : null)],
        CustomOperations = random.Next(3) > 0 ? [] :
            [Custom("BroadcastEnv", "configure", Placement.Before), Custom("BroadcastEnv", "check_kernel_files", Placement.Instead), Custom("BootNewEnv", "wait_reboot", Placement.After)],
        Breakpoint = random.Next(10) == 0 ? "BroadcastEnv:sync" : null,
        RebootPatience = random.Next(2) == 0 ? new("30") : null,
        Limits = new Dictionary<string, TimeLimit> { ["wait_reboot"] = new("200+n"), ["send_environment"] = new("120+n") },
    };

    private static Plan MakePlan(DeploymentRequest request, PlanSettings settings) =>
        StandardPlan.TryMake(request, settings, out var plan) is { Count: > 0 } errors ? throw new Violation(string.Join("; ", errors)) : plan;

    private static Node MakeNode(string name) => new(name, ["52:54:00:00:00:01"], name, "default", null, DiskHint.Only);
}
