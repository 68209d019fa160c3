using Kadeploy.Api.Deployments;

namespace Kadeploy.Cli;

/// <summary>What a script learns from the exit code.</summary>
internal static class ExitCode
{
    /// <summary>Every node, or the command did what was asked.</summary>
    public const int Success = 0;

    /// <summary>No node, or an error: usage, connection, refusal.</summary>
    public const int Failure = 1;

    /// <summary>Some nodes and not others.</summary>
    public const int Partial = 2;

    /// <summary>Interrupted (128 + SIGINT). The deployment may go on.</summary>
    public const int Interrupted = 130;

    public static int Of(int good, int all) => good == all && all > 0 ? Success : good > 0 ? Partial : Failure;

    /// <summary>Nodes that stopped at a breakpoint did what was asked of them.</summary>
    public static int Of(DeploymentInfo deployment) => Of(deployment.Summary.Deployed + deployment.Summary.Stopped, deployment.Summary.Total);
}
