namespace Kadeploy.Testbed.Processes;

/// <summary>How a program ended and what it said, each stream cut at 64 Ki characters.</summary>
internal sealed record CommandResult(int ExitCode, string Output, string Error);
