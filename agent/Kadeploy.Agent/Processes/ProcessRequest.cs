namespace Kadeploy.Agent.Processes;

/// <summary>One run of another program.</summary>
/// <param name="Program">Absolute path; there is no search and no shell.</param>
/// <param name="Deadline">After this the whole process group is killed.</param>
internal sealed record ProcessRequest(string Program, IReadOnlyList<string> Arguments, TimeSpan Deadline)
{
    /// <summary>Added to PATH, HOME and LC_ALL, which are all that a program gets otherwise.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    public string? Folder { get; init; }

    /// <summary>At most 32 KiB, so that it fits into a pipe whether the program reads it or not.</summary>
    public string Input { get; init; } = "";

    /// <summary>Standard output and error go into this file instead of memory: for programs that stay as daemons.</summary>
    public string? OutputFile { get; init; }

    /// <summary>What the program started may outlive it (a daemon that went to the background).</summary>
    public bool KeepDescendants { get; init; }

    /// <summary>Bytes kept of each of standard output and error: the last.</summary>
    public int OutputLimit { get; init; } = ProcessRunner.OutputLimit;

    public string Name => Path.GetFileName(Program);

    public override string ToString() => Arguments.Count == 0 ? Name : $"{Name} {string.Join(' ', Arguments)}";
}
