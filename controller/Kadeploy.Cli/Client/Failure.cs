using Kadeploy.Api;

namespace Kadeploy.Cli.Client;

/// <summary>Why a command could not do what was asked: one line for a person, and the same as problem details for a program.</summary>
/// <param name="Reason">Stable reason in kebab-case.</param>
/// <param name="Message">What, with what, and what to do.</param>
/// <param name="Problem">The controller's answer, when it was the controller that refused.</param>
internal sealed record Failure(string Reason, string Message, Problem? Problem = null)
{
    /// <summary>Wrong use of the command line.</summary>
    public static Failure Usage(string message) => new("usage", message);

    public Problem AsProblem() => Problem ?? new Problem(Kadeploy.Api.Problem.Prefix + Reason, "The command failed", 0, Message);
}
