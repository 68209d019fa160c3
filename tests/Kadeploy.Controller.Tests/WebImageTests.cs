using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Kadeploy.Api;
using Kadeploy.Api.Deployments;
using Kadeploy.Api.Environments;
using Kadeploy.Controller.Cache;
using Kadeploy.Controller.Tests.Support;
using Kadeploy.Controller.Transfers;

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
                await meet.Task.DoneAsync("the others");
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
    public async Task An_image_whose_server_cannot_do_ranges_is_deployed_from_the_cache()
    {
        await using var origin = await WholeAsync();
        var asked = origin.Requests;
        var machines = new[] { await AddMachineAsync(1), await AddMachineAsync(2) };

        var both = new[] { await StartOfAsync("web", "node-1"), await StartOfAsync("web", "node-2") };

        foreach (var id in both)
            Assert.All((await Controller.EndOfAsync(id)).NodeStates, n => Assert.Equal(NodeVerdict.Deployed, n.Verdict));
        Assert.All(machines, m => Assert.Equal(origin.Content, m.Disk));
        Assert.Equal(asked, origin.Requests);
        Assert.Equal((Size, 0), (Cached().Bytes, Cached().InUse));
    }

    [Fact]
    public async Task What_the_cache_let_go_is_fetched_once_for_all_with_progress_and_kept_while_it_is_used()
    {
        await using var origin = await WholeAsync();
        Assert.Equal(1, Cache.Purge(null).Files);
        var machines = new[] { await AddMachineAsync(1), await AddMachineAsync(2) };
        var sending = new TaskCompletionSource();
        var go = new TaskCompletionSource();
        foreach (var machine in machines)
            machine.Answer = async step =>
            {
                if (step.Receive is null)
                    return null;
                sending.TrySetResult();
                await go.Task.DoneAsync("the test to go on");
                return null;
            };
        origin.HoldAt = Size / 2;

        var both = new[] { await StartOfAsync("web", "node-1"), await StartOfAsync("web", "node-2") };
        await Eventually.TrueAsync(
            async () => (await Controller.DeploymentAsync(both[0])).NodeStates.Concat((await Controller.DeploymentAsync(both[1])).NodeStates)
                .Any(n => n is { Activity: "the controller fetches the image", Done: > 0, Total: Size }),
            "somebody to be told how far the download is");
        origin.Release.SetResult();
        await sending.Task.DoneAsync("the image to be sent");
        Assert.True(Cached().InUse > 0);
        Assert.Equal(0, Cache.Purge(null).Files);
        go.SetResult();

        foreach (var id in both)
            Assert.All((await Controller.EndOfAsync(id)).NodeStates, n => Assert.Equal(NodeVerdict.Deployed, n.Verdict));
        Assert.All(machines, m => Assert.Equal(origin.Content, m.Disk));
        // At the registration two; a look before each deployment; and one download.
        Assert.Equal(5, origin.Requests);
    }

    [Fact]
    public async Task An_image_that_is_another_one_when_it_is_fetched_again_fails_and_leaves_nothing()
    {
        await using var origin = await WholeAsync();
        Cache.Purge(null);
        await AddMachineAsync(1);
        origin.Content[2_000_000] ^= 1;

        var node = (await Controller.EndOfAsync(await StartOfAsync("web", "node-1"))).NodeStates.Single();

        Assert.Equal((NodeVerdict.Failed, "image", "image-changed"), (node.Verdict, node.Failure!.Party, node.Failure.Reason));
        Assert.Empty(Cache.List());
    }

    [Fact]
    public async Task An_image_with_another_digest_than_its_description_says_is_refused_and_leaves_nothing()
    {
        await using var origin = await WebOrigin.StartAsync(Size);
        origin.IgnoresRanges = true;
        var (status, problem) = await Controller.RegisterAsync(
            Description(origin).Replace("compression: zstd", $"compression: zstd, sha256: {new string('0', 64)}", StringComparison.Ordinal));
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "image-digest-mismatch", "image.sha256"), (status, problem!.Reason, problem.Field));
        Assert.Empty(Cache.List());
    }

    [Fact]
    public async Task An_image_that_the_cache_cannot_hold_is_refused_naming_the_setting()
    {
        await RestartAsync("cache: {size: 1MiB}\n");
        await using var origin = await WebOrigin.StartAsync(Size);
        origin.IgnoresRanges = true;
        var (status, problem) = await Controller.RegisterAsync(Description(origin));
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "cache-full"), (status, problem!.Reason));
        Assert.Contains("cache.size", problem.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broadcast_of_an_address_without_ranges_has_the_whole_file()
    {
        await using var origin = await WebOrigin.StartAsync(Size);
        origin.IgnoresRanges = true;
        var (file, reason, detail) = await Controller.Service<BroadcastFiles>().FetchAsync("B-1", origin.Address, CancellationToken.None);
        Assert.True(file is not null, $"{reason}: {detail}");
        Assert.Equal(origin.Content, await File.ReadAllBytesAsync(file.Path));
    }

    [Fact]
    public async Task A_registration_without_ranges_tells_how_far_it_is()
    {
        await using var origin = await WebOrigin.StartAsync(Size);
        (origin.IgnoresRanges, origin.HoldAt) = (true, Size / 2);
        var lines = await StepsAsync(origin, step =>
        {
            if (step is { Done: > 0, Total: Size })
                origin.Release.TrySetResult();
        });
        Assert.Equal(("web", Size), (lines[^1].Environment!.Name, lines[^1].Environment!.Image.Bytes));
        Assert.Contains(lines, step => step is { Done: > 0 and < Size, Total: Size });
    }

    [Fact]
    public async Task A_registration_tells_how_far_it_is_and_ends_with_the_environment()
    {
        // Of several blocks, which is what is told of.
        const int large = 12_000_000;
        await using var origin = await WebOrigin.StartAsync(large);
        // The server goes on once somebody was told how far it is, breaks off, and is there again.
        (origin.HoldAt, origin.BreakAt) = (11_000_000, 11_500_000);
        var broke = false;
        origin.AtBreak = () => broke = true;
        var lines = await StepsAsync(origin, step =>
        {
            if (step is { Done: > 0 and < large, Total: large })
                origin.Release.TrySetResult();
        });

        Assert.Equal(("web", large), (lines[^1].Environment!.Name, lines[^1].Environment!.Image.Bytes));
        Assert.True(broke);
    }

    private FileCache Cache => Controller.Service<FileCache>();

    private CacheEntry Cached() => Assert.Single(Cache.List());

    private async Task<WebOrigin> WholeAsync()
    {
        var origin = await WebOrigin.StartAsync(Size);
        origin.IgnoresRanges = true;
        await RegisterAsync(origin, HttpStatusCode.Created);
        Assert.Equal(Size, Cached().Bytes);
        return origin;
    }

    private async Task<List<RegistrationStep>> StepsAsync(WebOrigin origin, Action<RegistrationStep> told)
    {
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
            told(lines[^1]);
        }

        return lines;
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
