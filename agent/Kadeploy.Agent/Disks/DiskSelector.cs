namespace Kadeploy.Agent.Disks;

/// <summary>Which disk is meant. Every hint that is given must match; an empty string or 0 is no hint.</summary>
/// <param name="Path">"/dev/vda" or "/dev/disk/by-path/...".</param>
internal sealed record DiskSelector(string Path = "", string Serial = "", string Wwn = "", ulong MinimumBytes = 0)
{
    /// <summary>A hint names one disk; a size does not.</summary>
    public bool NamesOne => Path.Length > 0 || Serial.Length > 0 || Wwn.Length > 0;

    public override string ToString()
    {
        string[] words =
        [
            .. Path.Length > 0 ? [Path] : Array.Empty<string>(),
            .. Serial.Length > 0 ? [$"serial {Serial}"] : Array.Empty<string>(),
            .. Wwn.Length > 0 ? [$"WWN {Wwn}"] : Array.Empty<string>(),
            .. MinimumBytes > 0 ? [$"at least {MinimumBytes} bytes"] : Array.Empty<string>(),
        ];
        return words.Length == 0 ? "the only fixed, writable disk" : string.Join(", ", words);
    }
}
