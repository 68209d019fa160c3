namespace Kadeploy.Deployments.Environments;

/// <summary>What runs on a node after the image was written.</summary>
/// <param name="Archive">Absolute path of an archive on the controller; empty when <paramref name="Script"/> is the text itself.</param>
/// <param name="Compression">Of the archive.</param>
/// <param name="Script">Command inside the archive with its arguments, or a script's text.</param>
public sealed record Postinstall(string Archive, string Compression, string Script)
{
    /// <summary>SHA-256 that the archive must have, in lower-case hexadecimal; empty for a file of the controller that nobody pinned.</summary>
    public string Sha256 { get; init => field = value ?? ""; } = "";
}
