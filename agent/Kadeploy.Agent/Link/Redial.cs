namespace Kadeploy.Agent.Link;

/// <summary>
/// How long to wait before dialing again: doubling, and spread out, because a controller that comes back is dialed by every node at once.
/// </summary>
internal sealed class Redial(Random random)
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    private TimeSpan _next = First;

    /// <summary>Between half and the whole of the current step.</summary>
    public TimeSpan Next()
    {
        var delay = _next * (0.5 + random.NextDouble() / 2);
        _next = _next * 2 < Longest ? _next * 2 : Longest;
        return delay;
    }

    /// <summary>A session was established.</summary>
    public void Reset() => _next = First;
}
