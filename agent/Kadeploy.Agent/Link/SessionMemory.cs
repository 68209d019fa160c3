namespace Kadeploy.Agent.Link;

/// <summary>
/// What must outlive the agent's process, in memory-backed files that die with the machine: the secret by which the controller recognises the
/// agent, and the steps that were started, so that none runs twice.
/// </summary>
internal sealed class SessionMemory
{
    private readonly string _secretFile;
    private readonly string _startedFile;
    private readonly HashSet<string> _started;

    public SessionMemory(string folder)
    {
        Directory.CreateDirectory(folder);
        (_secretFile, _startedFile) = ($"{folder}/session-secret", $"{folder}/steps-started");
        Secret = File.Exists(_secretFile) ? File.ReadAllText(_secretFile) : "";
        _started = File.Exists(_startedFile) ? [.. File.ReadAllLines(_startedFile)] : [];
    }

    /// <summary>"" until the controller has handed one out.</summary>
    public string Secret { get; private set; }

    public void Keep(string secret)
    {
        if (secret.Length == 0 || secret == Secret)
            return;
        Secret = secret;
        using var file = new FileStream(_secretFile, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        file.Write(System.Text.Encoding.UTF8.GetBytes(secret));
    }

    public bool WasStarted(string stepId) => _started.Contains(stepId);

    public void Started(string stepId)
    {
        if (_started.Add(stepId))
            File.AppendAllText(_startedFile, $"{stepId}\n");
    }
}
