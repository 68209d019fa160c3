namespace Kadeploy.Cli.Client;

/// <summary>Which controller, and with which token.</summary>
/// <param name="Server">Base address.</param>
/// <param name="ServerFrom">Where the address was found, for messages.</param>
/// <param name="Token">The token, or null when there is none.</param>
/// <param name="TokenFrom">Where the token was found, or where it was looked for.</param>
/// <param name="Pin">The one certificate that is accepted, or null for one that the system vouches for.</param>
internal sealed record ClientSettings(Uri Server, string ServerFrom, string? Token, string TokenFrom, Pin? Pin)
{
    private const string DefaultServer = "https://127.0.0.1:25300";

    /// <summary>What the controller keeps beside its token: who may read the one may read the other.</summary>
    private const string FingerprintFile = "api.fingerprint";

    /// <summary>
    /// The command line first, then the environment, then the user's own files, then the machine's.
    /// Only what was named on purpose must exist.
    /// </summary>
    /// <param name="server">Value of --server.</param>
    /// <param name="tokenFile">Value of --token-file.</param>
    /// <param name="fingerprint">Value of --fingerprint.</param>
    /// <param name="places">Where the surroundings are.</param>
    public static Answer<ClientSettings> Resolve(string? server, string? tokenFile, string? fingerprint, ClientPlaces places)
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
            return Failure.Usage($"{urlFrom} is '{url}', which is no address of a controller; write it as https://HOST:25300");

        var named = First(
            (tokenFile, "--token-file"),
            (places.Variable("KADEPLOY_TOKEN_FILE"), "KADEPLOY_TOKEN_FILE"),
            (File.Exists(places.UserToken) ? places.UserToken : null, places.UserToken),
            (user.TokenFile, places.UserFile),
            (machine.TokenFile, places.MachineFile));
        // What a file says of its own server says nothing of one that was named on the spot.
        var ownServer = urlFrom is not "--server" and not "KADEPLOY_SERVER";
        var beside = named is { } n ? Beside(n.Value) : null;
        var pinned = First(
            (fingerprint, "--fingerprint"),
            (places.Variable("KADEPLOY_FINGERPRINT"), "KADEPLOY_FINGERPRINT"),
            (ownServer ? user.Fingerprint : null, places.UserFile),
            (beside?.Text, beside?.File ?? ""),
            (ownServer ? machine.Fingerprint : null, places.MachineFile));
        Pin? pin = null;
        if (pinned is { } p && !Pin.Read(p.Value, p.From).TryGet(out pin, out failure))
            return failure;
        if (named is not { } file)
            return new ClientSettings(uri, urlFrom, null, $"--token-file, KADEPLOY_TOKEN_FILE, {places.UserToken}, {places.MachineFile}", pin);
        return ReadToken(file.Value, file.From).TryGet(out var token, out failure)
            ? new ClientSettings(uri, urlFrom, token, file.Value, pin)
            : failure;
    }

    /// <summary>Every controller that the user's file names under <c>servers</c>, and those of the machine's that it does not.</summary>
    public static Answer<List<(string Name, ClientSettings Settings)>> ResolveAll(ClientPlaces places)
    {
        if (!ClientFile.Read(places.UserFile).TryGet(out var user, out var failure)
            || !ClientFile.Read(places.MachineFile).TryGet(out var machine, out failure))
            return failure;
        var servers = user.Servers.Concat(machine.Servers.ExceptBy(user.Servers.Select(s => s.Name), s => s.Name)).ToList();
        if (servers.Count == 0)
            return Failure.Usage($"-M: neither {places.UserFile} nor {places.MachineFile} has 'servers:'");
        var all = new List<(string, ClientSettings)>();
        foreach (var (name, settings) in servers)
        {
            if (!Resolve(settings.Server, settings.TokenFile, settings.Fingerprint, places).TryGet(out var resolved, out failure))
                return failure with { Message = $"{name}: {failure.Message}" };
            all.Add((name, resolved with { ServerFrom = $"servers.{name} of client.yaml" }));
        }

        return all;
    }

    /// <summary>Fingerprint of a certificate that was refused; null while none was.</summary>
    public string? RefusedCertificate { get; set; }

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
        var text = url.Contains("://", StringComparison.Ordinal) ? url : "https://" + url;
        return Uri.TryCreate(text.EndsWith('/') ? text : text + "/", UriKind.Absolute, out uri!)
            && uri.Scheme is "http" or "https"
            && uri.Host.Length > 0;
    }

    private static (string Text, string File)? Beside(string tokenFile)
    {
        var file = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(tokenFile)) ?? "/", FingerprintFile);
        try
        {
            return File.Exists(file) ? (File.ReadAllText(file).Trim(), file) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
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
