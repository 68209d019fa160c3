namespace Kadeploy.Agent.Link;

/// <summary>Keeps a session with the controller for as long as the agent lives: dials, and dials again whenever one ends.</summary>
internal sealed class ControllerLink(Func<LinkSession> newSession, Uri controller, Redial redial, TimeProvider time)
{
    /// <summary>Told how each session ended.</summary>
    public Action<SessionEnd> Ended { get; init; } = static _ => { };

    /// <summary>Ends when cancelled, or when the controller does not want this machine to dial again.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        Log.Line($"link: dialing {controller.Authority}");
        for (var last = ""; ;)
        {
            var end = await newSession().RunAsync(controller, cancellation);
            Ended(end);
            if (end.Welcomed)
                redial.Reset();
            if (end.RetryAfter == Timeout.InfiniteTimeSpan)
            {
                Log.Line($"link: {end.Detail}; the controller does not want to be dialed again");
                return;
            }
            var delay = end.RetryAfter ?? redial.Next();
            // The same trouble again and again is one line.
            if (end.Detail != last || end.Welcomed)
                Log.Line($"link: {end.Detail}; dialing again in {delay.TotalSeconds:0.0} s");
            last = end.Detail;
            await Task.Delay(delay, time, cancellation);
        }
    }
}
