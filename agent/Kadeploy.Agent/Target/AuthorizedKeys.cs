namespace Kadeploy.Agent.Target;

/// <summary>sshd(8), AUTHORIZED_KEYS: one key a line; folder and file must be the user's own.</summary>
internal static class AuthorizedKeys
{
    private const UnixFileMode PrivateFolder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Keys that are there already stay, and none is there twice.</summary>
    public static void Add(TargetFiles files, string folder, IReadOnlyList<string> keys)
    {
        var lines = files.ReadText($"{folder}/authorized_keys").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Concat(keys.Select(key => key.Trim()).Where(key => key.Length > 0))
            .Distinct();
        files.MakeFolder(folder, PrivateFolder);
        files.WriteText($"{folder}/authorized_keys", string.Concat(lines.Select(line => $"{line}\n")), TargetFiles.Private);
    }
}
