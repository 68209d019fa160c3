namespace Kadeploy.Agent.Steps;

/// <summary>One micro-step with its parameters, ready to run on this machine.</summary>
internal interface IStep
{
    /// <summary>For the console: what will be done, "partition the only fixed, writable disk".</summary>
    string Title { get; }

    /// <summary>
    /// Expected failures are outcomes. On cancellation it throws <see cref="OperationCanceledException"/> after it has stopped what it started;
    /// any other exception is a bug and is reported as such.
    /// </summary>
    Task<StepOutcome> RunAsync(StepProgress progress, CancellationToken cancellation);
}
