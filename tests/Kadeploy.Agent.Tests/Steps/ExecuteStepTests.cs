using Kadeploy.Agent.Processes;
using Kadeploy.Agent.Steps;

namespace Kadeploy.Agent.Tests.Steps;

public sealed class ExecuteStepTests
{
    [Fact]
    public async Task Run_CommandThatFails_IsDoneAndSaysHow()
    {
        var done = await new ExecuteStep(new ProcessRunner(), "echo out; echo err >&2; exit 7", TimeSpan.FromMinutes(1)).DoneAsync();

        Assert.Equal(new Dictionary<string, string> { ["exit-code"] = "7", ["output"] = "out\n", ["error"] = "err\n" }, done.Facts);
    }

    [Fact]
    public async Task Run_MuchOutput_KeepsTheEnd()
    {
        var done = await new ExecuteStep(new ProcessRunner(), "head -c 1000000 /dev/zero | tr '\\0' a; echo end", TimeSpan.FromMinutes(1)).DoneAsync();

        Assert.Equal((64 * 1024) + 3, done.Facts["output"].Length);
        Assert.EndsWith("aend\n", done.Facts["output"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_CommandThatDoesNotEnd_FailsAtItsDeadline() =>
        Assert.Equal("deadline", (await new ExecuteStep(new ProcessRunner(), "sleep 1000 & wait", TimeSpan.FromMilliseconds(200)).FailsAsync()).Reason);
}
