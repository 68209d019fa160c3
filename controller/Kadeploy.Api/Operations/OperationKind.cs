using System.Text.Json.Serialization;

namespace Kadeploy.Api.Operations;

/// <summary>What an operation does.</summary>
[JsonConverter(typeof(KebabEnumConverter<OperationKind>))]
public enum OperationKind
{
    /// <summary>Installs an environment; ids begin with <c>D-</c>.</summary>
    Deployment,

    /// <summary>Restarts nodes; ids begin with <c>R-</c>.</summary>
    Reboot,

    /// <summary>Switches nodes; ids begin with <c>P-</c>.</summary>
    Power,

    /// <summary>Asks for the power state; ids begin with <c>S-</c>. It runs beside whatever owns the nodes.</summary>
    PowerStatus,

    /// <summary>Sends a file; ids begin with <c>B-</c>. Shown under <c>/v1/broadcasts</c>; here only as what keeps a node busy.</summary>
    Broadcast,
}
