using System.Globalization;

namespace Kadeploy.ChainNode;

/// <summary>The plan's timers; a few can be set from the environment (milliseconds, bytes).</summary>
internal static class Tunables
{
    public static TransferTunables FromEnvironment()
    {
        var defaults = new TransferTunables();
        return defaults with
        {
            JoinGrace = Milliseconds("CHAIN_JOIN_MS", defaults.JoinGrace),
            Silence = Milliseconds("CHAIN_SILENCE_MS", defaults.Silence),
            SuccessorGrace = Milliseconds("CHAIN_SUCCESSOR_MS", defaults.SuccessorGrace),
            RingBytes = (int)Number("CHAIN_RING", defaults.RingBytes),
            RelayUnit = (int)Number("CHAIN_UNIT", defaults.RelayUnit),
        };
    }

    /// <summary>CHAIN_SEALED=1: image bytes are encrypted on their way.</summary>
    public static bool Sealed => Number("CHAIN_SEALED", 0) != 0;

    private static TimeSpan Milliseconds(string name, TimeSpan otherwise) => TimeSpan.FromMilliseconds(Number(name, otherwise.TotalMilliseconds));

    private static double Number(string name, double otherwise) =>
        double.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
