namespace Kadeploy.Controller.Api;

/// <summary>On an endpoint: the one listener it answers on. On a connection: the listener it came in by.</summary>
/// <param name="Role">The listener.</param>
internal sealed record ServedOn(ListenerRole Role);
