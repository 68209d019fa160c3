using System.Text.RegularExpressions;
using Kadeploy.Api;
using Kadeploy.Api.Deployments;
using Kadeploy.Cli.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace Kadeploy.Cli.Tests;

/// <summary>The real binary against a real HTTP server with canned answers.</summary>
public sealed partial class DeployTests
{
    private static readonly FailureInfo BmcSilent = new("reboot", "bmc", "bmc-unreachable", "10.0.1.3 did not answer in 10 s; check its address and cable");
    private static readonly string[] Deploy = ["deploy", "-e", "debian12", "-m", "node-[1-3]"];

    [Theory]
    [InlineData(3, 0)]
    [InlineData(1, 2)]
    [InlineData(0, 1)]
    public async Task Deploy_NodesDeployed_ExitCodeSaysAllSomeOrNone(int good, int code)
    {
        await using var fake = await FakeController.StartAsync();
        Canned(good).ServeOn(fake);
        var result = await CliRun.RunAsync(fake, Deploy);
        Assert.Equal((code, ""), (result.Code, result.Error));
    }

    [Fact]
    public async Task Deploy_NotOnATerminal_PrintsLinesThenTableThenPromise()
    {
        await using var fake = await FakeController.StartAsync();
        Canned(2).ServeOn(fake);
        var result = await CliRun.RunAsync(fake, Deploy);
        Assert.StartsWith("deployment D-1: debian12 on node-[1-3]\n00:01  node-", result.Out);
        Assert.Contains("00:11  node-3  SetDeploymentEnv/reboot failed: bmc-unreachable, by bmc: 10.0.1.3 did not answer in 10 s; check its address and cable\n", result.Out);
        Assert.EndsWith(
            """

            NODE    VERDICT   SetDeploymentEnv  BroadcastEnv  BootNewEnv  TOTAL
            node-1  deployed  20.5 s            12.0 s        30.3 s      1 min 03 s
            node-2  deployed  20.5 s            12.0 s        30.3 s      1 min 03 s
            node-3  failed    20.5 s            -             -           20.5 s

            2 of 3 nodes, verified, in 1 min 03 s; here is why for the rest:
              node-3: bmc-unreachable in reboot, by bmc: 10.0.1.3 did not answer in 10 s; check its address and cable

            """,
            result.Out);
        Assert.DoesNotContain('\u001b', result.Out);
    }

    [Fact]
    public async Task Deploy_EverythingGiven_IsSentAsTheContractSays()
    {
        using var files = new ScratchFiles();
        var key = files.Write("key.pub", "# mine\nssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHhxeHNkZnNkZnNkZnNkZnNkZnNkZnNkZnNk me@here\n");
        var nodes = files.Write("nodes", "node-1 # rack 1\n\n# all of rack 2:\nnode-[5-8].site\n");
        var script = files.Write("post.sh", "#!/bin/sh\ntouch $KADEPLOY_TARGET/x\n");
        await using var fake = await FakeController.StartAsync();
        Canned(3).ServeOn(fake);
        var result = await CliRun.RunAsync(
            fake,
            ["deploy", "-e", "ann/debian12:3", "-f", nodes, "-f", "-", "-k", key, "--script", script, "--boot", "kexec", "--no-wait", "-p", "3", "--disk", "serial=S1", "--disk", "min=500G"],
            input: "gros-1,gros-2\n");
        Assert.Equal((0, "D-1\n", ""), (result.Code, result.Out, result.Error));
        Assert.Equal(
            """{"environment":"ann/debian12:3","nodes":"node-1,node-[5-8].site,gros-1,gros-2","authorizedKeys":["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHhxeHNkZnNkZnNkZnNkZnNkZnNkZnNkZnNk me@here"],"script":"#!/bin/sh\ntouch $KADEPLOY_TARGET/x\n","boot":"kexec","partition":3,"disk":{"serial":"S1","minimumBytes":500000000000}}""",
            fake.Requests.Single().Body);
    }

    [Fact]
    public async Task Deploy_GoodAndBadFiles_AreAppendedOneNodeALine()
    {
        using var files = new ScratchFiles();
        var good = files.Write("good", "before\n");
        var bad = files.Path("bad");
        await using var fake = await FakeController.StartAsync();
        Canned(2).ServeOn(fake);
        var result = await CliRun.RunAsync(fake, [.. Deploy, "-o", good, "-n", bad]);
        Assert.Equal(2, result.Code);
        Assert.Equal("before\nnode-1\nnode-2\n", await File.ReadAllTextAsync(good));
        Assert.Equal("node-3\n", await File.ReadAllTextAsync(bad));
    }

    [Fact]
    public async Task Deploy_ResultFileCannotBeWritten_NothingIsStarted()
    {
        await using var fake = await FakeController.StartAsync();
        Canned(3).ServeOn(fake);
        var result = await CliRun.RunAsync(fake, [.. Deploy, "-o", "/nonexistent/good"]);
        Assert.Equal(1, result.Code);
        Assert.Contains("-o /nonexistent/good", result.Error);
        Assert.Empty(fake.Requests);
    }

    [Fact]
    public async Task Deploy_Json_PrintsTheDeploymentAndNothingElse()
    {
        await using var fake = await FakeController.StartAsync();
        var canned = Canned(2).ServeOn(fake);
        var result = await CliRun.RunAsync(fake, [.. Deploy, "--json"]);
        Assert.Equal((2, ""), (result.Code, result.Error));
        var printed = System.Text.Json.JsonSerializer.Deserialize(result.Out, ApiJson.Default.DeploymentInfo)!;
        Assert.Equal(canned.Info().NodeStates.Select(n => n.Verdict), printed.NodeStates.Select(n => n.Verdict));
        Assert.Equal(BmcSilent, printed.NodeStates[2].Failure);
    }

    [Fact]
    public async Task Deploy_StreamCut_ResumesAfterTheLastEventAndRepeatsNothing()
    {
        await using var fake = await FakeController.StartAsync();
        var canned = Canned(3).ServeOn(fake);
        var connection = 0;
        fake.On(CannedDeployment.EventsLine, context => canned.SendAsync(context, ++connection == 1 ? 4 : int.MaxValue));
        var result = await CliRun.RunAsync(fake, Deploy);
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.Equal([null, "4"], fake.Requests.Where(r => r.Line == CannedDeployment.EventsLine).Select(r => r.LastEventId));
        Assert.Contains("connection to the controller lost", result.Out);
        Assert.Contains("connected to the controller again", result.Out);
        // Nodes share a line when they are told of at the same time.
        var named = Rebooting().Matches(result.Out).SelectMany(m => m.Groups[1].Value[0] is var first && m.Groups[2].Success ? Enumerable.Range(first, m.Groups[2].Value[0] - first + 1) : [first]);
        Assert.Equal("123", string.Concat(named.Select(c => (char)c)));
    }

    [Fact]
    public async Task Deploy_ControllerRestarted_FollowsTheDeploymentToItsEnd()
    {
        await using var fake = await FakeController.StartAsync();
        var canned = Canned(3).ServeOn(fake);
        fake.On(CannedDeployment.EventsLine, async context =>
        {
            await canned.SendAsync(context, 2);
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        });
        using var run = CliRun.Start(fake, Deploy);
        await run.WaitForOutputAsync("SetDeploymentEnv/reboot");
        await fake.KillAsync();
        await run.WaitForOutputAsync("connection to the controller lost");
        canned.ServeOn(fake);
        await fake.RestartAsync();
        var result = await run.EndAsync();
        Assert.Equal(0, result.Code);
        Assert.Contains("connected to the controller again", result.Out);
        Assert.Contains("3 of 3 nodes, verified,", result.Out);
    }

    [Fact]
    public async Task Deploy_ControllerGoesAwayAsItWasStarted_IsFollowedWhenItIsBack()
    {
        await using var fake = await FakeController.StartAsync();
        var canned = Canned(3).ServeOn(fake);
        fake.On(CannedDeployment.Line, context =>
        {
            if (fake.Requests.Count(r => r.Line == CannedDeployment.Line) > 2)
                return context.Response.WriteAsync(System.Text.Json.JsonSerializer.Serialize(canned.Info(), ApiJson.Default.DeploymentInfo));
            context.Abort();
            return Task.CompletedTask;
        });

        var result = await CliRun.RunAsync(fake, Deploy);

        Assert.Equal(0, result.Code);
        Assert.Contains("deployment D-1 was started and is followed as soon as it answers", result.Error, StringComparison.Ordinal);
        Assert.Contains("3 of 3 nodes, verified,", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deploy_ControllerStaysAway_GivesUpAndSaysHowToGoOn()
    {
        await using var fake = await FakeController.StartAsync();
        var canned = Canned(3).ServeOn(fake);
        fake.On(CannedDeployment.EventsLine, async context =>
        {
            await canned.SendAsync(context, 2);
            context.Abort();
        });
        fake.On(CannedDeployment.Line, context =>
        {
            if (fake.Requests.Any(r => r.Line == CannedDeployment.EventsLine))
                context.Abort();
            return context.RequestAborted.IsCancellationRequested
                ? Task.CompletedTask
                : context.Response.WriteAsync(System.Text.Json.JsonSerializer.Serialize(canned.Info(), ApiJson.Default.DeploymentInfo));
        });
        var result = await CliRun.RunAsync(fake, [.. Deploy, "--reconnect", "0"]);
        Assert.Equal(1, result.Code);
        Assert.Contains("kadeploy deployment wait D-1", result.Error);
    }

    [Fact]
    public async Task Deploy_DeploymentForgotten_EndsAtOnce()
    {
        await using var fake = await FakeController.StartAsync();
        var canned = Canned(3).ServeOn(fake);
        fake.On(CannedDeployment.EventsLine, 404, """{"type":"urn:kadeploy:unknown-deployment","title":"Unknown deployment","status":404,"detail":"there is no deployment D-1"}""");
        fake.On(CannedDeployment.Line, async context =>
        {
            var asked = fake.Requests.Count(r => r.Line == CannedDeployment.Line);
            context.Response.StatusCode = asked > 1 ? 404 : 200;
            await context.Response.WriteAsync(asked > 1
                ? """{"type":"urn:kadeploy:unknown-deployment","title":"Unknown deployment","status":404,"detail":"there is no deployment D-1"}"""
                : System.Text.Json.JsonSerializer.Serialize(canned.Info(), ApiJson.Default.DeploymentInfo));
        });
        var result = await CliRun.RunAsync(fake, Deploy);
        Assert.Equal((1, "kadeploy: there is no deployment D-1 [unknown-deployment]\n"), (result.Code, result.Error));
    }

    [Fact]
    public async Task Deploy_InterruptedWhileItIsStarted_StillSaysItsId()
    {
        await using var fake = await FakeController.StartAsync();
        Waiting(fake);
        var answer = new TaskCompletionSource();
        fake.On("POST /v1/deployments", async context =>
        {
            await answer.Task;
            context.Response.StatusCode = 202;
            await context.Response.WriteAsync("""{"id":"D-1"}""");
        });
        using var run = CliRun.Start(fake, Deploy);
        await fake.WaitForAsync("POST /v1/deployments");
        run.Interrupt();
        await run.WaitForErrorAsync("waiting for the controller to say what it started");
        answer.SetResult();
        var result = await run.EndAsync();
        Assert.Equal(130, result.Code);
        Assert.Contains("kadeploy: detached; deployment D-1 goes on.", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Broadcast_InterruptedTwiceWhileItIsStarted_SaysWhereToLook()
    {
        await using var fake = await FakeController.StartAsync();
        var never = new TaskCompletionSource();
        fake.On("POST /v1/broadcasts", _ => never.Task);
        using var run = CliRun.Start(fake, ["broadcast", "--to", "node-1", "server:///srv/a", "--out", "/a"]);
        await fake.WaitForAsync("POST /v1/broadcasts");
        run.Interrupt();
        await run.WaitForErrorAsync("waiting for the controller to say what it started");
        run.Interrupt();
        var result = await run.EndAsync();
        never.SetResult();
        Assert.Equal(130, result.Code);
        Assert.Contains("kadeploy broadcast list --active", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deploy_InterruptedTwiceWhileItIsStarted_SaysWhereToLook()
    {
        await using var fake = await FakeController.StartAsync();
        var never = new TaskCompletionSource();
        fake.On("POST /v1/deployments", _ => never.Task);
        using var run = CliRun.Start(fake, Deploy);
        await fake.WaitForAsync("POST /v1/deployments");
        run.Interrupt();
        await run.WaitForErrorAsync("waiting for the controller");
        run.Interrupt();
        var result = await run.EndAsync();
        never.SetResult();
        Assert.Equal(130, result.Code);
        Assert.Contains("kadeploy operation list --active", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deploy_InterruptedWithoutATerminal_DetachesSaysHowToGoOnAndCancelsNothing()
    {
        await using var fake = await FakeController.StartAsync();
        Waiting(fake);
        using var run = CliRun.Start(fake, Deploy);
        await run.WaitForOutputAsync("SetDeploymentEnv/reboot");
        run.Interrupt();
        var result = await run.EndAsync();
        Assert.Equal(130, result.Code);
        Assert.Contains("kadeploy deployment wait D-1", result.Error);
        Assert.Contains("kadeploy deployment cancel D-1", result.Error);
        Assert.DoesNotContain(fake.Requests, r => r.Line.EndsWith("/cancel", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Deploy_OnATerminal_ShowsTheTableNamesTheSlowestAndEndsWithThePromise()
    {
        await using var fake = await FakeController.StartAsync();
        var canned = Canned(2).ServeOn(fake);
        var shown = new TaskCompletionSource();
        fake.On(CannedDeployment.EventsLine, async context =>
        {
            await canned.SendAsync(context, 9);
            await shown.Task.WaitAsync(context.RequestAborted);
            await canned.SendAsync(context, int.MaxValue);
        });
        using var run = CliRun.StartOnTerminal(fake, Deploy);
        await run.WaitForOutputAsync("slowest: node-2, 25% of 92.0 MB, 8.1 MB/s, there in about 15.0 s");
        shown.SetResult();
        var result = await run.EndAsync();
        Assert.Equal(2, result.Code);
        Assert.Contains("████████░░░░░░░░  50% of 92.0 MB", result.Out);
        Assert.Contains("reboot: bmc-unreachable", result.Out);
        Assert.Contains("2 of 3 nodes, verified, in 1 min 03 s; here is why for the rest:", result.Out);
    }

    [Fact]
    public async Task Deploy_EnterOnATerminal_SaysWhereEveryNodeIsAndGoesOn()
    {
        await using var fake = await FakeController.StartAsync();
        var end = Waiting(fake);
        using var run = CliRun.StartOnTerminal(fake, Deploy);
        await run.WaitForOutputAsync("ENTER for where every node is");
        // The question may be there before the first events are.
        await run.TypeUntilAsync("\n", "  SetDeploymentEnv/reboot  node-[1-3], for ");
        await run.TypeAsync("\n");
        await run.TypeAsync("\u0003");
        await run.WaitForOutputAsync("[c]ancel");
        await run.TypeAsync("d\n");
        Assert.Equal(130, (await run.EndAsync()).Code);
        end.SetResult();
    }

    [Fact]
    public async Task Deploy_CtrlCOnATerminalAnsweredD_Detaches()
    {
        await using var fake = await FakeController.StartAsync();
        Waiting(fake);
        using var run = CliRun.StartOnTerminal(fake, Deploy);
        await run.WaitForOutputAsync("Ctrl-C to cancel or to detach");
        await run.TypeAsync("\u0003");
        await run.WaitForOutputAsync("[d]etach");
        await run.TypeAsync("d\n");
        var result = await run.EndAsync();
        Assert.Equal(130, result.Code);
        Assert.Contains("detached; deployment D-1 goes on", result.Out);
        Assert.DoesNotContain(fake.Requests, r => r.Line.EndsWith("/cancel", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Deploy_CtrlCOnATerminalAnsweredEnter_GoesOnAndTheNextOneAsksAgain()
    {
        await using var fake = await FakeController.StartAsync();
        Waiting(fake);
        using var run = CliRun.StartOnTerminal(fake, Deploy);
        await run.WaitForOutputAsync("Ctrl-C to cancel or to detach");
        await run.TypeAsync("\u0003");
        await run.WaitForOutputAsync("[d]etach");
        await run.TypeUntilAsync("\n", "  SetDeploymentEnv/reboot  node-[1-3], for ");
        await run.TypeAsync("\u0003");
        await run.WaitForOutputAsync("[d]etach", times: 2);
        await run.TypeAsync("d\n");
        Assert.Equal(130, (await run.EndAsync()).Code);
    }

    [Fact]
    public async Task Deploy_CtrlCOnATerminalAnsweredC_CancelsAndReportsTheEnd()
    {
        await using var fake = await FakeController.StartAsync();
        var cancelled = Waiting(fake);
        using var run = CliRun.StartOnTerminal(fake, Deploy);
        await run.WaitForOutputAsync("Ctrl-C to cancel or to detach");
        await run.TypeAsync("\u0003");
        await run.WaitForOutputAsync("[c]ancel");
        await run.TypeAsync("c\n");
        await fake.WaitForAsync("POST /v1/deployments/D-1/cancel");
        cancelled.SetResult();
        var result = await run.EndAsync();
        Assert.Equal(130, result.Code);
        Assert.Contains("0 of 3 nodes", result.Out);
    }

    [Fact]
    public async Task Deploy_PrivateKey_IsRefusedAndNothingIsSent()
    {
        using var files = new ScratchFiles();
        var key = files.Write("id", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n");
        await using var fake = await FakeController.StartAsync();
        var result = await CliRun.RunAsync(fake, [.. Deploy, "-k", key]);
        Assert.Equal(1, result.Code);
        Assert.Contains("private key and was not sent", result.Error);
        Assert.Empty(fake.Requests);
    }

    [Theory]
    [InlineData("say which nodes", "deploy", "-e", "x")]
    [InlineData("say which environment: -e NAME, or -a FILE", "deploy", "-m", "node-1")]
    [InlineData("empty node set", "deploy", "-e", "x", "-m", " ")]
    [InlineData("cannot be written with --no-wait", "deploy", "-e", "x", "-m", "n", "--no-wait", "-o", "f")]
    [InlineData("same file", "deploy", "-e", "x", "-m", "n", "-o", "/tmp/./f", "-n", "/tmp/f")]
    [InlineData("'warp'", "deploy", "-e", "x", "-m", "n", "--boot", "warp")]
    [InlineData("a version, a number", "deploy", "-e", "x:latest", "-m", "n")]
    [InlineData("-f /nonexistent", "deploy", "-e", "x", "-f", "/nonexistent")]
    [InlineData("--script /nonexistent", "deploy", "-e", "x", "-m", "n", "--script", "/nonexistent")]
    public async Task Deploy_WrongUse_SaysWhatAndAsksNothing(string message, params string[] args)
    {
        await using var fake = await FakeController.StartAsync();
        var result = await CliRun.RunAsync(fake, args);
        Assert.Equal((1, ""), (result.Code, result.Out));
        Assert.Contains(message, result.Error);
        Assert.Empty(fake.Requests);
    }

    [GeneratedRegex(@"^\d\d:\d\d  node-\[?(\d)(?:-(\d)\])?  SetDeploymentEnv/reboot$", RegexOptions.Multiline)]
    private static partial Regex Rebooting();

    /// <summary>Three nodes of which the first <paramref name="good"/> are deployed and the others have a BMC that is silent.</summary>
    private static CannedDeployment Canned(int good)
    {
        string[] nodes = ["node-1", "node-2", "node-3"];
        var canned = new CannedDeployment(nodes);
        foreach (var node in nodes)
            canned.Step(node, 1, "SetDeploymentEnv", "reboot");
        foreach (var node in nodes[good..])
            canned.Step(node, 11, "SetDeploymentEnv", "reboot", "failed", BmcSilent).Failed(node, 12, BmcSilent);
        foreach (var node in nodes[..good])
            canned.Step(node, 20, "BroadcastEnv", "send_environment");
        foreach (var (node, i) in nodes[..good].Select((n, i) => (n, i)))
            canned.Bytes(node, 25, 46_000_000 / (i + 1), 92_000_000, i == 0 ? 9_000_000 : 8_100_000);
        foreach (var node in nodes[..good])
            canned.Deployed(node, 63);
        return canned.End(63);
    }

    /// <summary>A deployment that stays in its first step until the source is completed.</summary>
    private static TaskCompletionSource Waiting(FakeController fake)
    {
        var canned = Canned(0).ServeOn(fake);
        var go = new TaskCompletionSource();
        fake.On("POST /v1/deployments/D-1/cancel", 202);
        fake.On(CannedDeployment.EventsLine, async context =>
        {
            await canned.SendAsync(context, 3);
            await go.Task.WaitAsync(context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            if (go.Task.IsCompleted)
                await canned.SendAsync(context, int.MaxValue);
        });
        return go;
    }
}
