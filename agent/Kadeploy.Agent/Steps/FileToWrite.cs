namespace Kadeploy.Agent.Steps;

/// <param name="Path">Absolute, inside the installed system.</param>
internal sealed record FileToWrite(string Path, UnixFileMode Mode, ReadOnlyMemory<byte> Content);
