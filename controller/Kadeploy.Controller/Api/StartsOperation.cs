namespace Kadeploy.Controller.Api;

/// <summary>On an endpoint: all that it does is to start one operation, so that a request that was cut off may be done again when it had not come to that.</summary>
internal sealed class StartsOperation
{
    public static StartsOperation It { get; } = new();
}
