using System.Diagnostics;
using Kadeploy.Agent.Processes;

namespace Kadeploy.Agent.Tests.Processes;

public sealed class ProcessRunnerTests
{
    private readonly ProcessRunner _runner = new();

    [Fact]
    public async Task RunAsync_ProgramThatSucceeds_GivesItsOutput()
    {
        var result = await RunAsync("echo out; echo err >&2");

        Assert.True(result.Succeeded);
        Assert.Equal(("out\n", "err\n"), (result.Output, result.Error));
    }

    [Fact]
    public async Task RunAsync_Arguments_ReachTheProgramUntouched()
    {
        var result = await _runner.RunAsync(
            new ProcessRequest("/usr/bin/printf", ["%s|", "a b", "$HOME", "'*'", ""], TimeSpan.FromSeconds(30)), default);

        Assert.Equal("a b|$HOME|'*'||", result.Output);
    }

    [Fact]
    public async Task RunAsync_Environment_IsOnlyWhatWasGiven()
    {
        Environment.SetEnvironmentVariable("KADEPLOY_TEST_SECRET", "x");

        var result = await _runner.RunAsync(
            new ProcessRequest("/usr/bin/env", [], TimeSpan.FromSeconds(30)) { Environment = new Dictionary<string, string> { ["A"] = "b" } }, default);

        Assert.Equal(["A=b", "HOME=/root", "LC_ALL=C", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"], result.Output.Trim().Split('\n').Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task RunAsync_Input_IsReadToItsEnd()
    {
        var result = await _runner.RunAsync(new ProcessRequest("/usr/bin/wc", ["-c"], TimeSpan.FromSeconds(30)) { Input = new string('x', 30_000) }, default);

        Assert.Equal("30000", result.Output.Trim());
    }

    [Fact]
    public async Task RunAsync_ProgramThatIsNotThere_IsAResult()
    {
        var result = await _runner.RunAsync(new ProcessRequest("/no/such/program", [], TimeSpan.FromSeconds(30)), default);

        Assert.False(result.Succeeded);
        Assert.Contains("could not be started", result.Describe());
        Assert.Contains("No such file", result.Describe());
    }

    [Fact]
    public async Task RunAsync_Failure_SaysHowAndWhy()
    {
        Assert.Contains("exited with 3: no luck", (await RunAsync("echo no luck >&2; exit 3")).Describe());
        Assert.Contains("was ended by signal 15", (await RunAsync("kill -TERM $$")).Describe());
    }

    [Fact]
    public async Task RunAsync_EndlessOutput_KeepsTheEndOnly()
    {
        var result = await RunAsync("i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done");

        Assert.InRange(result.Output.Length, ProcessRunner.OutputLimit, ProcessRunner.OutputLimit + 3);
        Assert.EndsWith("line 19999\n", result.Output);
    }

    [Fact]
    public async Task RunAsync_PipeWhoseReaderEnds_IsEndedBySigpipe()
    {
        // With SIGPIPE ignored, as .NET has it, `yes` would complain instead.
        var result = await RunAsync("yes | head -n 1");

        Assert.Equal(("y\n", ""), (result.Output, result.Error));
    }

    [Fact]
    public async Task RunAsync_Deadline_KillsWhatTheProgramStartedToo()
    {
        using var folder = new TemporaryFolder();
        // A machine that does not get as far within the deadline is given more.
        for (var seconds = 1; seconds <= 64; seconds *= 4)
        {
            var result = await RunAsync($"sleep 1000 & echo $! > {folder["pid.new"]}; mv {folder["pid.new"]} {folder["pid"]}; wait", TimeSpan.FromSeconds(seconds));

            Assert.True(result.TimedOut);
            Assert.Contains($"did not end within {seconds} s", result.Describe());
            if (File.Exists(folder["pid"]))
                break;
        }
        await IsGoneAsync(int.Parse(File.ReadAllText(folder["pid"])));
    }

    [Fact]
    public async Task RunAsync_Cancellation_KillsTheProgramAndThrows()
    {
        using var folder = new TemporaryFolder();
        using var cancellation = new CancellationTokenSource();
        var run = RunAsync($"echo $$ > {folder["pid.new"]}; mv {folder["pid.new"]} {folder["pid"]}; sleep 1000", cancellation: cancellation.Token);
        await Within.Patiently(() => File.Exists(folder["pid"]), "the program to start");

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        await IsGoneAsync(int.Parse(File.ReadAllText(folder["pid"])));
    }

    [Fact]
    public async Task RunAsync_ChildThatHoldsThePipes_DoesNotHoldUpTheResult()
    {
        var result = await Within.Patiently(RunAsync("echo done; sleep 1000 &", TimeSpan.FromMinutes(10)), "the result");

        Assert.True(result.Succeeded);
        Assert.Equal("done\n", result.Output);
    }

    [Fact]
    public async Task RunAsync_DaemonThatMayStay_Stays()
    {
        using var folder = new TemporaryFolder();
        var request = new ProcessRequest("/bin/sh", ["-c", $"sleep 1000 & echo $! > {folder["pid"]}"], TimeSpan.FromSeconds(30))
        {
            OutputFile = folder["log"],
            KeepDescendants = true,
        };

        await _runner.RunAsync(request, default);

        using var daemon = Process.GetProcessById(int.Parse(File.ReadAllText(folder["pid"])));
        Assert.False(daemon.HasExited);
        daemon.Kill();
    }

    private Task<ProcessResult> RunAsync(string script, TimeSpan? deadline = null, CancellationToken cancellation = default) =>
        _runner.RunAsync(new ProcessRequest("/bin/sh", ["-c", script], deadline ?? TimeSpan.FromSeconds(60)), cancellation);

    private static Task IsGoneAsync(int process) => Within.Patiently(() => IsGone(process), $"process {process} to be gone");

    private static bool IsGone(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/stat").Contains(") Z");
        }
        catch (IOException)
        {
            return true;
        }
    }
}
