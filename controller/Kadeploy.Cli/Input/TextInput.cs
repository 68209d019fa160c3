using Kadeploy.Cli.Client;

namespace Kadeploy.Cli.Input;

/// <summary>Small files that a user names; <c>-</c> is standard input.</summary>
internal static class TextInput
{
    /// <summary>Longest file that is read, in characters.</summary>
    public const int Longest = 1024 * 1024;

    public static Answer<string> Read(string path, string option)
    {
        try
        {
            using var reader = path == "-" ? Console.In : new StreamReader(path);
            var buffer = new char[Longest + 1];
            var length = reader.ReadBlock(buffer);
            return length > Longest
                ? Failure.Usage($"{option} {path}: longer than {Longest} characters, which is no such file")
                : new string(buffer, 0, length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Failure.Usage($"{option} {path}: {e.Message}");
        }
    }

    /// <summary>The lines without comments (<c>#</c> to the end of the line) and blanks.</summary>
    public static IEnumerable<string> MeaningfulLines(string text) =>
        text.Split('\n')
            .Select(line => line.IndexOf('#', StringComparison.Ordinal) is var at and >= 0 ? line[..at] : line)
            .Select(line => line.Trim())
            .Where(line => line.Length > 0);
}
