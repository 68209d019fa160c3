namespace Kadeploy.Controller.Transfers;

/// <summary>An image on the web that cannot be had as it was registered: an <see cref="IOException"/>, because that is what readers of images expect.</summary>
#pragma warning disable CA1032 // Not a general exception: it carries a verdict.
internal sealed class OriginException(string reason, string detail, bool again = false) : IOException(detail)
#pragma warning restore CA1032
{
    /// <summary>Stable kebab-case code.</summary>
    public string Reason => reason;

    /// <summary>It may be better in a moment: the server is away or overloaded.</summary>
    public bool Again => again;
}
