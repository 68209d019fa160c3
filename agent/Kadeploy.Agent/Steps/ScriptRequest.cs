namespace Kadeploy.Agent.Steps;

/// <param name="Archive">tar, possibly compressed; may be empty.</param>
/// <param name="Compression">none, gzip, bzip2, xz or zstd.</param>
/// <param name="Script">Path inside the archive with its arguments; without an archive the script's text.</param>
/// <param name="Chroot">Run inside the installed system.</param>
internal sealed record ScriptRequest(
    string Name, ReadOnlyMemory<byte> Archive, string Compression, string Script, IReadOnlyDictionary<string, string> Environment, bool Chroot,
    TimeSpan Deadline);
