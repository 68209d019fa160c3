using System.Globalization;
using Kadeploy.Agent.Processes;

namespace Kadeploy.Agent.Steps;

/// <summary>Runs a person's command in the deployment environment and reports what it said and how it ended, whichever way that was.</summary>
internal sealed class ExecuteStep(ProcessRunner runner, string command, TimeSpan deadline) : IStep
{
    private const int OutputLimit = 64 * 1024;

    public string Title => "a command of a person's";

    public async Task<StepOutcome> RunAsync(StepProgress progress, CancellationToken cancellation)
    {
        progress("command");
        var result = await runner.RunAsync(new ProcessRequest(Tools.Shell, ["-c", command], deadline) { OutputLimit = OutputLimit }, cancellation);
        if (result.TimedOut)
            return new StepFailed(Party.UserScript, "deadline", result.Describe());
        return new StepDone(new Dictionary<string, string>
        {
            ["exit-code"] = result.ExitCode.ToString(CultureInfo.InvariantCulture),
            ["output"] = result.Output,
            ["error"] = result.Error,
        });
    }
}
