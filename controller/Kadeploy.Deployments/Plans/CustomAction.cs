namespace Kadeploy.Deployments.Plans;

/// <summary>What a custom operation does on the node.</summary>
public enum CustomAction
{
    /// <summary>Runs a command line in a shell.</summary>
    Exec,

    /// <summary>Writes a file.</summary>
    Send,

    /// <summary>Runs a file, with parameters.</summary>
    Run,
}
