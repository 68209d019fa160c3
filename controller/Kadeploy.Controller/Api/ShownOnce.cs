namespace Kadeploy.Controller.Api;

/// <summary>On an endpoint: its answer holds a secret of which only the hash is kept, so that no answer of it may be kept either.</summary>
internal sealed class ShownOnce
{
    public static ShownOnce It { get; } = new();
}
