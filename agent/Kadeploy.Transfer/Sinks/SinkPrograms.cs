namespace Kadeploy.Transfer;

/// <summary>The external programs the sinks run, by absolute path, because a deployment system's own shell prefers its built-in ones.</summary>
public sealed record SinkPrograms
{
    /// <summary>GNU tar; a small replacement would drop extended attributes and access lists.</summary>
    public string Tar { get; init; } = "/usr/bin/tar";

    /// <summary>gzip, called with -dc.</summary>
    public string Gzip { get; init; } = "/usr/bin/gzip";

    /// <summary>bzip2, called with -dc.</summary>
    public string Bzip2 { get; init; } = "/usr/bin/bzip2";

    /// <summary>xz, called with -dc.</summary>
    public string Xz { get; init; } = "/usr/bin/xz";

    /// <summary>zstd, called with -dc.</summary>
    public string Zstd { get; init; } = "/usr/bin/zstd";

    /// <summary>How long a program may still work after it was given the last byte.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromMinutes(15);

    internal string Decompressor(Compression compression) => compression switch
    {
        Compression.Gzip => Gzip,
        Compression.Bzip2 => Bzip2,
        Compression.Xz => Xz,
        Compression.Zstd => Zstd,
        _ => throw new ArgumentOutOfRangeException(nameof(compression)),
    };

    // zstd refuses windows above 128 MiB (images made with --long or --ultra) unless told otherwise.
    internal static string[] DecompressArguments(Compression compression) =>
        compression == Compression.Zstd ? ["-d", "-c", "-q", "--long=31"] : ["-d", "-c", "-q"];
}
