using Kadeploy.Api;
using Kadeploy.Api.Deployments;
using Kadeploy.Cli.Tests.Support;

namespace Kadeploy.Cli.Tests;

public sealed class RetryTests
{
    [Theory]
    [InlineData("--failed", "D-1")]
    [InlineData("D-1", "--failed")]
    public async Task Retry_Failed_StartsIt(string first, string second)
    {
        await using var fake = await FakeController.StartAsync();
        fake.On("POST /v1/deployments/D-1/retry", new DeploymentStarted("D-2"), ApiJson.Default.DeploymentStarted, 202);

        var result = await CliRun.RunAsync(fake, ["retry", first, second, "--no-wait"]);

        Assert.Equal((0, "D-2\n", "{}"), (result.Code, result.Out, fake.Requests.Single().Body));
    }

    [Fact]
    public async Task Retry_NotSaidWhichNodes_AsksForItAndStartsNothing()
    {
        await using var fake = await FakeController.StartAsync();

        var result = await CliRun.RunAsync(fake, ["retry", "D-1", "--no-wait"]);

        Assert.Equal((1, "kadeploy: say which nodes: kadeploy retry --failed D-1 takes those that failed or were cancelled\n"), (result.Code, result.Error));
        Assert.Empty(fake.Requests);
    }
}
