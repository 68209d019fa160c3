namespace Kadeploy.Controller;

/// <summary>What kadeployd's exit code means; docs and the systemd unit rely on it.</summary>
internal static class ExitStatus
{
    public const int Good = 0;

    /// <summary>It could not start: configuration, database, port, missing program.</summary>
    public const int CannotStart = 1;

    /// <summary>Wrong arguments.</summary>
    public const int Usage = 2;

    /// <summary>Something that must last ended: start it again.</summary>
    public const int Broken = 3;
}
