namespace Kadeploy.Deployments.Engine;

/// <summary>Kinds of operations. All of them are plans that the same engine runs; deployments only write disks.</summary>
public enum OperationKind
{
    /// <summary>Installs an environment (<c>D-</c>).</summary>
    Deployment,

    /// <summary>Restarts nodes (<c>R-</c>).</summary>
    Reboot,

    /// <summary>Switches nodes on, off, or off and on (<c>P-</c>).</summary>
    Power,

    /// <summary>Asks for the power state; it changes nothing and owns no node (<c>S-</c>).</summary>
    PowerStatus,

    /// <summary>Sends a file to nodes whose agents run (<c>B-</c>). What is installed on them stays what it is.</summary>
    Broadcast,
}
