namespace Kadeploy.Api.Exec;

/// <summary>How a command ended on one node: a line of the answer to <c>POST /v1/exec</c> and <c>/v1/copies</c>, in the order in which nodes end.</summary>
/// <param name="Node">Its name.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="By"><c>agent</c> or <c>ssh</c>; absent when neither could be asked.</param>
/// <param name="ExitCode">Of the command; absent when it did not end by itself.</param>
/// <param name="Output">What it wrote to standard output, at most about 64 KiB.</param>
/// <param name="Error">What it wrote to standard error, likewise.</param>
/// <param name="Reason">Why there is no exit code: <c>no-way-in</c>, <c>deadline</c>, <c>agent-lost</c>, <c>ssh-failed</c>…</param>
/// <param name="Detail">The same for a person.</param>
public sealed record CommandResult(
    string Node, double Seconds, string? By = null, int? ExitCode = null, string? Output = null, string? Error = null, string? Reason = null, string? Detail = null);
