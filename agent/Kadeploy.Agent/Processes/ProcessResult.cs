namespace Kadeploy.Agent.Processes;

/// <summary>How a program ended.</summary>
/// <param name="ExitCode">As a shell says it: 128 + the signal that ended it; -1 when it could not be started.</param>
/// <param name="Output">The end of its standard output, at most <see cref="ProcessRequest.OutputLimit"/> bytes.</param>
/// <param name="Error">The end of its standard error, likewise.</param>
/// <param name="TimedOut">It was killed because its deadline had passed.</param>
internal sealed record ProcessResult(ProcessRequest Request, int ExitCode, string Output, string Error, bool TimedOut)
{
    public bool Succeeded => ExitCode == 0 && !TimedOut;

    /// <summary>For a person: what ran, how it ended, and the last it said.</summary>
    public string Describe()
    {
        var ending = TimedOut ? $"did not end within {Request.Deadline.TotalSeconds:0.#} s"
            : ExitCode < 0 ? "could not be started"
            : ExitCode > 128 ? $"was ended by signal {ExitCode - 128}"
            : $"exited with {ExitCode}";
        var said = Error.Trim() is { Length: > 0 } error ? error : Output.Trim();
        return said.Length == 0 ? $"{Request} {ending}" : $"{Request} {ending}: {said}";
    }
}
