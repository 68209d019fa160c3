using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Kadeploy.Api;
using Kadeploy.Api.Exec;
using Kadeploy.Api.Operations;
using Kadeploy.Controller.Programs;
using Kadeploy.Controller.Tests.Support;
using Kadeploy.Protocol.V1;

namespace Kadeploy.Controller.Tests.Api;

public sealed class ExecTests : DeploymentTest
{
    [Fact]
    public async Task Exec_AgentsAndInstalledSystems_AnswerEachInItsWay()
    {
        var machine = await BootedAsync();
        machine.Answer = step => Task.FromResult<StepResult?>(step.StepCase != RunStep.StepOneofCase.Execute ? null : new StepResult
        {
            Done = new Done { Facts = { ["exit-code"] = "3", ["output"] = $"ran {step.Execute.Command}", ["error"] = "oh" } },
        });
        await AddMachineAsync(2);
        Controller.Shell.BootIds["node-2"] = "b";
        Controller.Shell.Answer = (_, command) => new ProgramResult(0, $"over ssh {command}", "", false);
        await AddMachineAsync(3);

        var results = await ExecAsync(new RunCommand("node-[1-3]", "uname -r"));

        Assert.Equal(new CommandResult("node-1", 0, "agent", 3, "ran uname -r", "oh"), results["node-1"]);
        Assert.Equal(new CommandResult("node-2", 0, "ssh", 0, "over ssh uname -r", ""), results["node-2"]);
        Assert.Equal("ssh-failed", results["node-3"].Reason);
        await Eventually.TrueAsync(() => machine.Agent!.Acknowledged.Any(id => id.StartsWith("exec/", StringComparison.Ordinal)), "the agent to be told that its result arrived");
    }

    [Fact]
    public async Task Exec_AskerWhoGoesAway_StopsTheCommand()
    {
        var held = new TaskCompletionSource<StepResult?>();
        var machine = await BootedAsync();
        machine.Answer = step => step.StepCase == RunStep.StepOneofCase.Execute ? held.Task : Task.FromResult<StepResult?>(null);
        using var gone = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Post, Routes.Exec) { Content = JsonContent.Create(new RunCommand("node-1", "sleep 1000"), ApiJson.Default.RunCommand) };
        var asked = Controller.Api.SendAsync(request, HttpCompletionOption.ResponseContentRead, gone.Token);
        await Eventually.TrueAsync(() => machine.Agent!.Received.Any(s => s.StepCase == RunStep.StepOneofCase.Execute), "the agent to be asked");

        await gone.CancelAsync();

        await Eventually.TrueAsync(() => !machine.Agent!.Cancelled.IsEmpty, "the agent to be told to stop");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        held.SetResult(new StepResult { Done = new Done() });
    }

    [Theory]
    [InlineData("""{"nodes":"node-1","command":""}""", "command")]
    [InlineData("""{"nodes":"node-1","command":"a\u0000b"}""", "command")]
    [InlineData("""{"nodes":"node-1","command":"true","timeoutSeconds":0}""", "timeoutSeconds")]
    [InlineData("""{"nodes":"node-1","command":"true","window":-1}""", "window")]
    [InlineData("""{"nodes":"node-[1-2","command":"true"}""", "nodes")]
    [InlineData("""{"nodes":"","command":"true"}""", "nodes")]
    public async Task Exec_BadField_IsNamed(string body, string field)
    {
        await AddMachineAsync(1);
        using var content = new StringContent(body, null, "application/json");

        using var answer = await Controller.Api.PostAsync(new Uri(Routes.Exec, UriKind.Relative), content);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Equal(field, (await answer.Content.ReadFromJsonAsync(ApiJson.Default.Problem))!.Field);
    }

    [Fact]
    public async Task Exec_WithoutTheRight_IsRefusedAndNothingRuns()
    {
        await AddMachineAsync(1);
        using var bob = Controller.ClientOf((await Controller.CreateTokenAsync("bob")).Token);

        using var answer = await bob.PostAsJsonAsync(new Uri(Routes.Exec, UriKind.Relative), new RunCommand("node-1", "reboot"), ApiJson.Default.RunCommand);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Empty(Controller.Shell.Commands);
    }

    [Theory]
    [InlineData("etc/motd")]
    [InlineData("/etc/$(reboot)")]
    [InlineData("/etc/a b")]
    [InlineData("/etc/")]
    public async Task Copy_PathThatAShellWouldReadOtherwise_IsRefused(string path)
    {
        await AddMachineAsync(1);

        using var answer = await Controller.Api.PostAsJsonAsync(new Uri(Routes.Copies, UriKind.Relative), new StartCopy("node-1", "U-1", path), ApiJson.Default.StartCopy);

        Assert.Equal("path", (await answer.Content.ReadFromJsonAsync(ApiJson.Default.Problem))!.Field);
    }

    [Fact]
    public async Task Copy_Upload_IsWrittenOnceAndUsedUp()
    {
        await AddMachineAsync(1);
        Controller.Shell.BootIds["node-1"] = "b";
        using var content = new ByteArrayContent([1, 2, 3]);
        using var sent = await Controller.Api.PostAsync(new Uri(Routes.Uploads, UriKind.Relative), content);
        var upload = (await sent.Content.ReadFromJsonAsync(ApiJson.Default.UploadInfo))!.Id;

        var results = await LinesAsync(Routes.Copies, JsonContent.Create(new StartCopy("node-1", upload, "/etc/motd"), ApiJson.Default.StartCopy));

        Assert.Equal(0, Assert.Single(results).ExitCode);
        Assert.EndsWith(" /etc/motd", Assert.Single(Controller.Shell.Commands).Command, StringComparison.Ordinal);
        using var again = await Controller.Api.PostAsJsonAsync(new Uri(Routes.Copies, UriKind.Relative), new StartCopy("node-1", upload, "/etc/motd"), ApiJson.Default.StartCopy);
        Assert.Equal(HttpStatusCode.NotFound, again.StatusCode);
    }

    [Fact]
    public async Task Copy_UploadThatIsKept_IsThereForABroadcast()
    {
        await AddMachineAsync(1);
        Controller.Shell.BootIds["node-1"] = "b";
        using var content = new ByteArrayContent([1, 2, 3]);
        using var sent = await Controller.Api.PostAsync(new Uri(Routes.Uploads, UriKind.Relative), content);
        var upload = (await sent.Content.ReadFromJsonAsync(ApiJson.Default.UploadInfo))!.Id;

        Assert.Single(await LinesAsync(Routes.Copies, JsonContent.Create(new StartCopy("node-1", upload, "/etc/motd", KeepUpload: true), ApiJson.Default.StartCopy)));

        using var broadcast = await Controller.Api.PostAsJsonAsync(
            new Uri(Routes.Broadcasts, UriKind.Relative), new Kadeploy.Api.Broadcasts.StartBroadcast("node-1", "/etc/motd", null, upload), ApiJson.Default.StartBroadcast);
        Assert.Equal(HttpStatusCode.Accepted, broadcast.StatusCode);
        using var again = await Controller.Api.PostAsJsonAsync(new Uri(Routes.Copies, UriKind.Relative), new StartCopy("node-1", upload, "/etc/motd", KeepUpload: true), ApiJson.Default.StartCopy);
        Assert.Equal(HttpStatusCode.NotFound, again.StatusCode);
    }

    /// <summary>node-1 in the deployment environment.</summary>
    private async Task<FakeMachine> BootedAsync()
    {
        var machine = await AddMachineAsync(1);
        var (status, started, problem) = await Controller.SendAsync(
            HttpMethod.Post, Routes.Reboots, JsonContent.Create(new StartReboot("node-1", RebootKind.DeployEnv), ApiJson.Default.StartReboot), ApiJson.Default.DeploymentStarted);
        Assert.True(status == HttpStatusCode.Accepted, problem?.Detail);
        await Controller.EndOfAsync(started!.Id);
        return machine;
    }

    private async Task<Dictionary<string, CommandResult>> ExecAsync(RunCommand request) =>
        (await LinesAsync(Routes.Exec, JsonContent.Create(request, ApiJson.Default.RunCommand))).ToDictionary(r => r.Node);

    private async Task<IReadOnlyList<CommandResult>> LinesAsync(string path, HttpContent body)
    {
        using (body)
        {
            using var answer = await Controller.Api.PostAsync(new Uri(path, UriKind.Relative), body);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            return [.. (await answer.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonSerializer.Deserialize(line, ApiJson.Default.CommandResult)! with { Seconds = 0 })];
        }
    }
}
