using Kadeploy.Controller.Programs;

namespace Kadeploy.Controller.Configuration;

/// <summary>How a site brings images to its nodes by itself (BroadcastEnvCustom).</summary>
/// <param name="Command">Sends, on the controller; with <c>{image}</c>, <c>{sha256}</c> and <c>{target}</c>.</param>
/// <param name="Receive">Text of a script that receives into <c>$KADEPLOY_IMAGE</c>, on the nodes; empty when the command puts it there.</param>
internal sealed record BroadcastSettings(SiteCommand Command, string Receive)
{
    public static IReadOnlyList<string> Words { get; } = ["image", "sha256", "target"];
}
