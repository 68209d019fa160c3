namespace Kadeploy.FleetAgents.Bmc;

/// <summary>One machine as its Redfish service shows it. What a reset does to the machine is its owner's to say.</summary>
/// <param name="reset">Told of every accepted reset, with its type.</param>
internal sealed class FakeBmc(Action<FakeBmc, string> reset)
{
    private int _sessions;

    public bool On { get; set; }

    /// <summary>Takes the request and never answers.</summary>
    public bool Deaf { get; set; }

    /// <summary>Says yes and does nothing.</summary>
    public bool Lies { get; set; }

    /// <summary>Which resets it offers; null does not say.</summary>
    public IReadOnlyList<string>? ResetTypes { get; init; } = ["On", "ForceOff", "GracefulShutdown", "ForceRestart", "PowerCycle"];

    /// <summary>Insists on If-Match.</summary>
    public bool WantsETag { get; init; }

    /// <summary>Answers the next so many requests with 503.</summary>
    public int Busy { get; set; }

    public string User { get; init; } = "admin";

    public string Password { get; init; } = "secret";

    /// <summary>What it is to boot from next, as asked by PATCH.</summary>
    public string BootOnce { get; set; } = "None";

    public string BootMode { get; set; } = "Legacy";

    /// <summary>The resets that were asked for, in order.</summary>
    public List<string> Asked { get; } = [];

    /// <summary>The greatest number of requests that it had to serve at once.</summary>
    public int MostAtOnce { get; private set; }

    public IDisposable Enter()
    {
        lock (Asked)
            MostAtOnce = Math.Max(MostAtOnce, ++_sessions);
        return new Leaving(this);
    }

    /// <summary>False: not one of its types.</summary>
    public bool Reset(string type)
    {
        if (ResetTypes?.Contains(type) == false)
            return false;
        lock (Asked)
            Asked.Add(type);
        if (Lies)
            return true;
        On = type is not ("ForceOff" or "GracefulShutdown");
        reset(this, type);
        return true;
    }

    private sealed class Leaving(FakeBmc bmc) : IDisposable
    {
        public void Dispose()
        {
            lock (bmc.Asked)
                bmc._sessions--;
        }
    }
}
