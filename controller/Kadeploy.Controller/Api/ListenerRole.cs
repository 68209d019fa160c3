namespace Kadeploy.Controller.Api;

/// <summary>Which of the controller's listeners a connection came in by.</summary>
internal enum ListenerRole
{
    /// <summary>gRPC of the agents; also of every endpoint that says nothing.</summary>
    Agents,

    /// <summary>REST.</summary>
    Api,

    /// <summary>Firmware and iPXE.</summary>
    Boot,
}
