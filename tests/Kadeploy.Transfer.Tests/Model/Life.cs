namespace Kadeploy.Transfer.Tests.Model;

internal enum Life
{
    Late,
    Up,
    Frozen,
    Killed,

    /// <summary>Has the image, and its process knows the transfer no more.</summary>
    Ended,
}
