namespace Kadeploy.Controller.Power;

/// <summary>A Redfish service did not do what it was asked; <see cref="RedfishPower"/> makes an outcome of it.</summary>
/// <param name="reason">Stable kebab-case code.</param>
/// <param name="message">For a person.</param>
#pragma warning disable CA1032, CA1064 // Not a general exception: it ends one conversation, from any depth.
internal sealed class RedfishRefusedException(string reason, string message) : Exception(message)
#pragma warning restore CA1032, CA1064
{
    public string Reason { get; } = reason;
}
