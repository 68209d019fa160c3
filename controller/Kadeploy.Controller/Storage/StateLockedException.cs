namespace Kadeploy.Controller.Storage;

/// <summary>Another kadeployd works on the state directory.</summary>
/// <param name="pid">Its process id, as far as it is known.</param>
#pragma warning disable CA1032, CA1064 // Not a general exception: it becomes the one line with which the start is refused.
internal sealed class StateLockedException(string pid)
    : Exception($"another kadeployd (process {pid}) works on this directory; two would both drive the same nodes: stop it first")
#pragma warning restore CA1032, CA1064
{
    public string Pid { get; } = pid;
}
