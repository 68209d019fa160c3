using System.Text.Json;
using Kadeploy.Api;
using Kadeploy.Api.Deployments;
using Kadeploy.Cli.Tests.Support;
using Microsoft.AspNetCore.Http;

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
    public async Task Retry_ConnectionLostBeforeTheAnswer_IsAskedAgainWithTheSameKey()
    {
        await using var fake = await FakeController.StartAsync();
        var keys = new List<string>();
        fake.On("POST /v1/deployments/D-1/retry", async context =>
        {
            keys.Add(context.Request.Headers["Idempotency-Key"].ToString());
            if (keys.Count == 1)
            {
                context.Abort();
                return;
            }
            context.Response.StatusCode = keys.Count == 2 ? 409 : 202;
            await context.Response.WriteAsync(keys.Count == 2
                ? JsonSerializer.Serialize(new Problem(Problem.Prefix + "idempotency-key-in-use", "The first request is not answered yet", 409), ApiJson.Default.Problem)
                : JsonSerializer.Serialize(new DeploymentStarted("D-2"), ApiJson.Default.DeploymentStarted));
        });

        var result = await CliRun.RunAsync(fake, ["retry", "D-1", "--failed", "--no-wait"]);

        Assert.Equal((0, "D-2\n"), (result.Code, result.Out));
        Assert.Equal(3, keys.Count);
        Assert.True(Guid.TryParse(Assert.Single(keys.Distinct()), out _));
        Assert.Contains("asking again", result.Error, StringComparison.Ordinal);
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
