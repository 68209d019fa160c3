using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Kadeploy.Api;
using Kadeploy.Api.Deployments;
using Kadeploy.Api.Environments;
using Kadeploy.Controller.Tests.Support;

namespace Kadeploy.Controller.Tests;

/// <summary>Environments whose image lies on a web server.</summary>
public sealed class WebImageTests : DeploymentTest
{
    private const int Size = 5_000_000;

    [Fact]
    public async Task Two_deployments_of_one_image_at_once_read_it_once()
    {
        await using var origin = await WebOrigin.StartAsync(Size);
        await RegisterAsync(origin, HttpStatusCode.Created);
        Assert.Equal(Size, origin.Sent);
        origin.Forget();
        var machines = new List<FakeMachine>();
        for (var i = 1; i <= 4; i++)
            machines.Add(await AddMachineAsync(i));
        // Both are at their transfer before either may end.
        var meet = new TaskCompletionSource();
        var there = 0;
        foreach (var machine in machines)
            machine.Answer = async step =>
            {
                if (step.Receive is null)
                    return null;
                if (Interlocked.Increment(ref there) == machines.Count)
                    meet.SetResult();
                await meet.Task.WaitAsync(TimeSpan.FromSeconds(30));
                return null;
            };

        var first = await StartOfAsync("web", "node-[1-2]");
        var second = await StartOfAsync("web", "node-[3-4]");

        foreach (var id in new[] { first, second })
            Assert.All((await Controller.EndOfAsync(id)).NodeStates, n => Assert.Equal(NodeVerdict.Deployed, n.Verdict));
        Assert.All(machines, m => Assert.Equal(origin.Content, m.Disk));
        // The whole image once, and a byte for each look before a deployment.
        Assert.Equal(Size + 2, origin.Sent);
    }

    [Fact]
    public async Task An_image_that_changed_on_its_server_refuses_the_deployment()
    {
        await using var origin = await WebOrigin.StartAsync(Size);
        await RegisterAsync(origin, HttpStatusCode.Created);
        await AddMachineAsync(1);
        origin.Tag = "\"2\"";
        var (status, _, problem) = await Controller.DeployAsync(new StartDeployment("web", "node-1"));
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "image-changed"), (status, problem!.Reason));
    }

    [Fact]
    public async Task An_image_that_is_another_one_under_the_same_tag_fails_with_its_party()
    {
        await using var origin = await WebOrigin.StartAsync(Size);
        await RegisterAsync(origin, HttpStatusCode.Created);
        await AddMachineAsync(1);
        origin.Content[2_000_000] ^= 1;

        var node = (await Controller.EndOfAsync(await StartOfAsync("web", "node-1"))).NodeStates.Single();

        Assert.Equal(NodeVerdict.Failed, node.Verdict);
        Assert.Equal(("image", "image-digest-mismatch"), (node.Failure!.Party, node.Failure.Reason));
    }

    [Fact]
    public async Task A_server_that_cannot_do_ranges_refuses_the_registration()
    {
        await using var origin = await WebOrigin.StartAsync(Size);
        origin.IgnoresRanges = true;
        Assert.Equal("origin-ignores-ranges", await RegisterAsync(origin, HttpStatusCode.UnprocessableEntity));
    }

    [Fact]
    public async Task A_registration_tells_how_far_it_is_and_ends_with_the_environment()
    {
        // Of several blocks, which is what is told of; of what was sent last much may be lost at the break.
        const int large = 12_000_000;
        await using var origin = await WebOrigin.StartAsync(large);
        origin.BreakAt = 11_500_000;
        origin.AtBreak = () => origin.Status = 503;
        using var request = new HttpRequestMessage(HttpMethod.Post, Routes.Environments)
        {
            Content = JsonContent.Create(new AddEnvironment(Description(origin)), ApiJson.Default.AddEnvironment),
            Headers = { Accept = { new("application/x-ndjson") } },
        };

        using var response = await Controller.Api.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        var lines = new List<RegistrationStep>();
        while (await reader.ReadLineAsync() is { } line)
        {
            lines.Add(JsonSerializer.Deserialize(line, ApiJson.Default.RegistrationStep)!);
            // The server is back once somebody was told how far it is.
            if (lines[^1] is { Done: > 0 and < large, Total: large })
                origin.Status = 0;
        }

        Assert.Equal(("web", large), (lines[^1].Environment!.Name, lines[^1].Environment!.Image.Bytes));
    }

    private async Task<string?> RegisterAsync(WebOrigin origin, HttpStatusCode expected)
    {
        var (status, problem) = await Controller.RegisterAsync(Description(origin));
        Assert.True(status == expected, problem?.Detail);
        return problem?.Reason;
    }

    private static string Description(WebOrigin origin) => $$"""
        name: web
        os: linux
        image: {file: "{{origin.Address}}", kind: tar, compression: zstd}
        boot: {kernel: /vmlinuz}
        filesystem: ext4
        """;
}
