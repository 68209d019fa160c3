namespace Kadeploy.Transfer.Tests.Model;

/// <summary>The last frame on the way to a successor whose link the other end has ended.</summary>
internal enum Note
{
    None,
    Evict,
    Leave,
}
