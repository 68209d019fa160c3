using Kadeploy.Cli.Client;

namespace Kadeploy.Cli.Input;

/// <summary>The nodes a command is about: everything given with -m and -f together, as one node set. Nothing given never means all.</summary>
internal static class NodeSelection
{
    /// <param name="sets">What was given with the option for nodes.</param>
    /// <param name="files">What was given with -f.</param>
    /// <param name="option">The option for nodes, for messages.</param>
    public static Answer<string> Read(IReadOnlyList<string> sets, IReadOnlyList<string> files, string option = "-m")
    {
        if (sets.Count == 0 && files.Count == 0)
            return Failure.Usage($"say which nodes, with {option} 'node-[1-3]' or -f FILE; no nodes never means all of them");

        var parts = new List<string>();
        foreach (var set in sets)
        {
            if (string.IsNullOrWhiteSpace(set))
                return Failure.Usage($"{option}: an empty node set; no nodes never means all of them");
            parts.Add(set.Trim());
        }

        foreach (var file in files)
        {
            if (!TextInput.Read(file, "-f").TryGet(out var text, out var failure))
                return failure;
            var before = parts.Count;
            parts.AddRange(TextInput.MeaningfulLines(text));
            if (parts.Count == before)
                return Failure.Usage($"-f {file}: names no node; no nodes never means all of them");
        }

        // Operators go from left to right: what each -m or line means must not depend on those before it, so each is a line of its own then.
        return string.Join(parts.Any(p => p.AsSpan().IndexOfAny("!&^") >= 0) ? '\n' : ',', parts);
    }
}
