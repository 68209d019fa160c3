namespace Kadeploy.Controller.Transfers;

/// <summary>What a chain waits for.</summary>
/// <param name="Node">The node.</param>
/// <param name="What">Its <see cref="Disk"/>, or the <see cref="Link"/> by which it is fed.</param>
internal sealed record ChainLimit(string Node, string What)
{
    public const string Disk = "disk";
    public const string Link = "link";
}
