using System.Net;
using System.Text;
using System.Text.Json;
using Kadeploy.Api;
using Kadeploy.Controller.Tests.Support;

namespace Kadeploy.Controller.Tests.Api;

/// <summary>Bad operations: each is refused before anything is touched, naming the field.</summary>
public sealed class OperationRefusalTests : DeploymentTest
{
    private static readonly (string Change, string Field)[] Deployments =
    [
        ("""{"nodes":"node-1,node-[1-2]"}""", "nodes"),
        ("""{"nodes":""}""", "nodes"),
        ("""{"steps":{"SendEnvironment":[{"type":"X"}]}}""", "steps.SendEnvironment"),
        ("""{"steps":{"SetDeploymentEnv":[]}}""", "steps.SetDeploymentEnv.instances"),
        ("""{"steps":{"SetDeploymentEnv":[{"type":"SetDeploymentEnvMagic"}]}}""", "steps.SetDeploymentEnv[0].type"),
        ("""{"steps":{"BootNewEnv":[{"type":"BootNewEnvKexec"},{"type":"SetDeploymentEnvKexec"}]}}""", "steps.BootNewEnv[1].type"),
        ("""{"steps":{"BroadcastEnv":[{"type":"BroadcastEnvCustom"}]}}""", "steps.BroadcastEnv[0].type"),
        ("""{"steps":{"SetDeploymentEnv":[{"type":"SetDeploymentEnvUntrusted","retries":-1}]}}""", "steps.SetDeploymentEnv[0].retries"),
        ("""{"steps":{"SetDeploymentEnv":[{"type":"SetDeploymentEnvUntrusted","timeout":"200+"}]}}""", "steps.SetDeploymentEnv[0].timeout"),
        ("""{"timeouts":{"make_coffee":"10"}}""", "timeouts.make_coffee"),
        ("""{"timeouts":{"wait_reboot":"200+150*log("}}""", "timeouts.wait_reboot"),
        ("""{"timeouts":{"wait_reboot":"0"}}""", "timeouts.wait_reboot"),
        ("""{"breakpoint":"Foo"}""", "breakpoint"),
        ("""{"breakpoint":"BroadcastEnv:make_coffee"}""", "breakpoint"),
        ("""{"vlan":"12"}""", "vlan"),
        ("""{"vlan":"-oProxy"}""", "vlan"),
        ("""{"customOperations":[{"step":"BroadcastEnv/sync","when":"before","name":"","action":"exec","command":"true"}]}""", "customOperations[0].name"),
        ("""{"customOperations":[{"step":"BroadcastEnv/sync","when":"before","name":"a","action":"send","content":"aGk="}]}""", "customOperations[0].destination"),
        ("""{"customOperations":[{"step":"BroadcastEnv/sync","when":"before","name":"a","action":"run"}]}""", "customOperations[0].file"),
        ("""{"customOperations":[{"step":"BroadcastEnv/sync","when":"before","name":"a","action":"run","content":"?"}]}""", "customOperations[0].content"),
        ("""{"customOperations":[{"step":"BroadcastEnv/sync","when":"before","name":"a","action":"exec"}]}""", "customOperations[0].command"),
        ("""{"customOperations":[{"step":"BroadcastEnv/sync","when":"before","name":"a","action":"exec","command":"true","retries":-1}]}""", "customOperations[0].retries"),
        ("""{"customOperations":[{"step":"BroadcastEnv/sync","when":"before","name":"a","action":"exec","command":"true","timeout":"1+"}]}""", "customOperations[0].timeout"),
        ("""{"customOperations":[{"step":"BroadcastEnv","when":"before","name":"a","action":"exec","command":"true"}]}""", "customOperations[0].step"),
        ("""{"customOperations":[{"step":"SendEnvironment/sync","when":"before","name":"a","action":"exec","command":"true"}]}""", "customOperations[0].step"),
        ("""{"customOperations":[{"step":"BroadcastEnv/make_coffee","when":"before","name":"a","action":"exec","command":"true"}]}""", "customOperations[0].step"),
        ("""{"customOperations":[{"step":"SetDeploymentEnv/reboot","when":"before","name":"a","action":"exec","command":"true"}]}""", "customOperations[0].step"),
    ];

    private static readonly (string Path, string Body, string Field)[] Others =
    [
        ("/v1/reboots", """{"nodes":"node-1,node-1"}""", "nodes"),
        ("/v1/reboots", """{"nodes":"node-1","level":"gentle"}""", "level"),
        ("/v1/reboots", """{"nodes":"node-1","kind":"set-pxe"}""", "profile"),
        ("/v1/reboots", """{"nodes":"node-1","kind":"set-pxe","profile":"DEFAULT x"}""", "profile"),
        ("/v1/reboots", """{"nodes":"node-1","profile":"#!ipxe\n"}""", "profile"),
        ("/v1/reboots", """{"nodes":"node-1","kind":"recorded-env","partition":3}""", "environment"),
        ("/v1/reboots", """{"nodes":"node-1","kind":"recorded-env","environment":"tiny"}""", "partition"),
        ("/v1/reboots", """{"nodes":"node-1","environment":"tiny"}""", "environment"),
        ("/v1/reboots", """{"nodes":"node-1","authorizedKeys":["ssh-ed25519 A"]}""", "authorizedKeys"),
        ("/v1/reboots", """{"nodes":"node-1","breakpoint":"Simple:format_deploy_part"}""", "breakpoint"),
        ("/v1/power", """{"nodes":"node-1,node-1","action":"off"}""", "nodes"),
        ("/v1/power", """{"nodes":"node-1","action":"status","level":"hard"}""", "level"),
        ("/v1/power", """{"nodes":"node-1","action":"off","level":"gentle"}""", "level"),
    ];

    [Fact]
    public async Task Start_SomethingWrong_NamesTheFieldAndTouchesNothing()
    {
        await Controller.AddEnvironmentAsync();
        await AddMachineAsync(1);
        await AddMachineAsync(2);
        foreach (var (change, field) in Deployments)
        {
            var fields = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>("""{"environment":"tiny","nodes":"node-1"}""")!;
            foreach (var (name, value) in JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(change)!)
                fields[name] = value;
            await RefusedAsync("/v1/deployments", JsonSerializer.Serialize(fields), field);
        }
        foreach (var (path, body, field) in Others)
            await RefusedAsync(path, body, field);
        Assert.Empty(Controller.Power.Commands);
        Assert.Empty((await Controller.GetAsync(Routes.Operations, ApiJson.Default.DeploymentList)).Deployments);
    }

    private async Task RefusedAsync(string path, string body, string field)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await Controller.Api.PostAsync(path, content);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.UnprocessableEntity, $"{body}: {response.StatusCode} {text}");
        var problem = JsonSerializer.Deserialize(text, ApiJson.Default.Problem)!;
        Assert.True(problem.Field == field, $"{body}: {problem.Field}: {problem.Detail}");
    }
}
