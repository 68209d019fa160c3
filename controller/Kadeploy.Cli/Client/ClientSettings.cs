namespace Kadeploy.Cli.Client;

/// <summary>Which controller, and with which token.</summary>
/// <param name="Server">Base address.</param>
/// <param name="ServerFrom">Where the address was found, for messages.</param>
/// <param name="Token">The token, or null when there is none.</param>
/// <param name="TokenFrom">Where the token was found, or where it was looked for.</param>
internal sealed record ClientSettings(Uri Server, string ServerFrom, string? Token, string TokenFrom)
{
    private const string DefaultServer = "http://127.0.0.1:25300";

    /// <summary>
    /// The command line first, then the environment, then the user's own files, then the machine's.
    /// Only what was named on purpose must exist.
    /// </summary>
    /// <param name="server">Value of --server.</param>
    /// <param name="tokenFile">Value of --token-file.</param>
    /// <param name="places">Where the surroundings are.</param>
    public static Answer<ClientSettings> Resolve(string? server, string? tokenFile, ClientPlaces places)
    {
        if (!ClientFile.Read(places.UserFile).TryGet(out var user, out var failure)
            || !ClientFile.Read(places.MachineFile).TryGet(out var machine, out failure))
            return failure;

        (string Value, string From)? chosen = First(
            (server, "--server"),
            (places.Variable("KADEPLOY_SERVER"), "KADEPLOY_SERVER"),
            (user.Server, places.UserFile),
            (machine.Server, places.MachineFile));
        var (url, urlFrom) = chosen ?? (DefaultServer, "the default");
        if (!TryParse(url, out var uri))
            return Failure.Usage($"{urlFrom} is '{url}', which is no address of a controller; write it as http://HOST:25300");

        var named = First(
            (tokenFile, "--token-file"),
            (places.Variable("KADEPLOY_TOKEN_FILE"), "KADEPLOY_TOKEN_FILE"),
            (File.Exists(places.UserToken) ? places.UserToken : null, places.UserToken),
            (user.TokenFile, places.UserFile),
            (machine.TokenFile, places.MachineFile));
        if (named is not { } file)
            return new ClientSettings(uri, urlFrom, null, $"--token-file, KADEPLOY_TOKEN_FILE, {places.UserToken}, {places.MachineFile}");
        return ReadToken(file.Value, file.From).TryGet(out var token, out failure)
            ? new ClientSettings(uri, urlFrom, token, file.Value)
            : failure;
    }

    /// <summary>Leaves the token out, so that no message can show it.</summary>
    public override string ToString() => $"{Server} ({ServerFrom}), token from {TokenFrom}";

    private static (string Value, string From)? First(params ReadOnlySpan<(string? Value, string From)> candidates)
    {
        foreach (var (value, from) in candidates)
        {
            if (!string.IsNullOrWhiteSpace(value))
                return (value.Trim(), from);
        }

        return null;
    }

    private static bool TryParse(string url, out Uri uri)
    {
        var text = url.Contains("://", StringComparison.Ordinal) ? url : "http://" + url;
        return Uri.TryCreate(text.EndsWith('/') ? text : text + "/", UriKind.Absolute, out uri!)
            && uri.Scheme is "http" or "https"
            && uri.Host.Length > 0;
    }

    private static Answer<string> ReadToken(string file, string from)
    {
        try
        {
            using var reader = new StreamReader(file);
            var token = reader.ReadLine()?.Trim();
            if (string.IsNullOrEmpty(token) || token.Length > 512 || token.Any(c => c is <= ' ' or > '~'))
                return new Failure("token-file", $"{file} (named by {from}) does not hold a token on its first line");
            return token;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Failure("token-file", $"the token file named by {from} cannot be read: {e.Message}");
        }
    }
}
