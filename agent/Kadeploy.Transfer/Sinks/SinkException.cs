namespace Kadeploy.Transfer;

/// <summary>A sink cannot go on, for an expected reason.</summary>
/// <param name="reason">Code of <see cref="Reasons"/>.</param>
/// <param name="detail">One line for people.</param>
public sealed class SinkException(string reason, string detail) : Exception(detail)
{
    /// <summary>Code of <see cref="Reasons"/>.</summary>
    public string Reason { get; } = reason;
}
