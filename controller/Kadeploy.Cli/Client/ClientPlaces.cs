namespace Kadeploy.Cli.Client;

/// <summary>Where a client finds its settings; apart, so that tests need no real home.</summary>
/// <param name="Variable">Reads an environment variable.</param>
/// <param name="UserToken">The user's token file.</param>
/// <param name="UserFile">The user's settings.</param>
/// <param name="MachineFile">The machine's settings.</param>
internal sealed record ClientPlaces(Func<string, string?> Variable, string UserToken, string UserFile, string MachineFile)
{
    public static ClientPlaces Real()
    {
        var config = Environment.GetEnvironmentVariable("XDG_CONFIG_HOME") is { Length: > 0 } xdg
            ? xdg
            // Unverified: a home that does not exist must not become a path relative to the working directory.
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify), ".config");
        return new ClientPlaces(
            Environment.GetEnvironmentVariable,
            Path.Combine(config, "kadeploy", "token"),
            Path.Combine(config, "kadeploy", "client.yaml"),
            "/etc/kadeploy/client.yaml");
    }
}
