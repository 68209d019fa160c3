namespace Kadeploy.Controller.Transfers;

/// <summary>Names of the options of a broadcast's request, which are kept in the engine's journal.</summary>
internal static class BroadcastOptions
{
    /// <summary>Where the file is written on the nodes.</summary>
    public const string Path = "path";

    /// <summary>Whether it is extracted: <see cref="Yes"/> or <c>no</c>.</summary>
    public const string Unpack = "unpack";

    public const string Yes = "yes";
}
