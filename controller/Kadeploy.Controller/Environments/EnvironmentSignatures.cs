using System.Text;
using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Programs;
using Kadeploy.Controller.Storage;

namespace Kadeploy.Controller.Environments;

/// <summary>
/// Signatures under descriptions, made and verified by OpenSSH (ssh-keygen(1), "-Y sign" and "ALLOWED SIGNERS"). They are looked at when an environment is
/// registered and again before each deployment, so that a signer who is taken off the list signs nothing any more.
/// </summary>
internal sealed class EnvironmentSignatures(ControllerConfiguration configuration)
{
    /// <summary>So that a signature for something else is none for this.</summary>
    public const string Namespace = "kadeploy-environment";

    private const int LongestSignature = 16 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Before an environment is registered: the signature to be kept with it, or why it is refused (reason, field, what to tell).</summary>
    /// <param name="text">The description, as it came.</param>
    /// <param name="description">The same, read.</param>
    /// <param name="armored">What came with it; null: nothing.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<(EnvironmentSignature? Kept, (string Reason, string Field, string Detail)? Problem)> CheckAsync(
        string text, EnvironmentDescription description, string? armored, CancellationToken cancellationToken)
    {
        if (armored is null)
            return configuration.Signatures.Required ? Refuse("signature-missing", "signature", Missing) : (null, null);
        if (Uncovered(description) is { } field)
            return Refuse("signature-covers-no-digest", field, $"a signed description must give {field}: else the signature would say nothing about what lies there");
        var (signer, problem) = await VerifyAsync(text, armored, cancellationToken);
        return problem is var (reason, detail) ? Refuse(reason, "signature", detail) : (new EnvironmentSignature(text, armored, signer!), null);

        static (EnvironmentSignature?, (string, string, string)?) Refuse(string reason, string field, string detail) => (null, (reason, field, detail));
    }

    /// <summary>Before a deployment: null when the environment may be deployed; else a reason and what to tell.</summary>
    public async Task<(string Reason, string Detail)?> ProblemAsync(RegisteredEnvironment environment, CancellationToken cancellationToken)
    {
        if (environment.Signature is not { } signature)
            return configuration.Signatures.Required ? ("signature-missing", $"{environment.Deployable.FullName} is not signed: {Missing}") : null;
        // A site that has given up signatures does not look at those there are.
        return configuration.Signatures.AllowedSigners is null && !configuration.Signatures.Required
            ? null
            : (await VerifyAsync(signature.Text, signature.Armored, cancellationToken)).Problem;
    }

    private const string Missing =
        $"this site deploys signed environments only; sign the description with 'ssh-keygen -Y sign -n {Namespace} -f KEY FILE' and give FILE.sig (kadeploy env add --signature)";

    private static string? Uncovered(EnvironmentDescription description) =>
        description.Sha256 is null ? "image.sha256"
        : description.Preinstall is { Archive.Length: > 0, Sha256: "" } ? "preinstall.sha256"
        : description.Postinstalls.ToList().FindIndex(p => p is { Archive.Length: > 0, Sha256: "" }) is >= 0 and var i ? $"postinstalls[{i}].sha256"
        : null;

    private async Task<(string? Signer, (string Reason, string Detail)? Problem)> VerifyAsync(string text, string armored, CancellationToken cancellationToken)
    {
        if (configuration.Signatures.AllowedSigners is not { } allowed)
            return Bad("signatures-not-configured", "this site has no list of allowed signers (signatures.allowedSigners in kadeployd.yaml)");
        if (!File.Exists(allowed))
            return Bad("signatures-not-configured", $"the list of allowed signers {allowed} is missing on the controller");
        if (armored.Length > LongestSignature || !armored.StartsWith("-----BEGIN SSH SIGNATURE-----", StringComparison.Ordinal))
            return Bad("signature-unreadable", "it is no signature of 'ssh-keygen -Y sign'");
        var file = Path.Combine(configuration.StateDirectory, $"signature.{Guid.NewGuid():N}");
        try
        {
            PrivateFile.Write(file, armored);
            var who = await RunAsync(["-Y", "find-principals", "-s", file, "-f", allowed], null, cancellationToken);
            if (who.ExitCode == 127 && !who.TimedOut)
                return Bad("ssh-keygen-missing", $"{who.Error}; install Debian's package openssh-client on the controller");
            if (!who.Succeeded || who.Output.Split('\n')[0].Trim() is not { Length: > 0 } signer)
                return Bad("signer-not-allowed", $"the key that made the signature is not among the allowed signers of this site ({allowed})");
            // Of several names in a line the list's own form is one of them; a pattern is verified as it stands.
            signer = signer.Split(',')[0];
            var verdict = await RunAsync(["-Y", "verify", "-f", allowed, "-I", signer, "-n", Namespace, "-s", file], text, cancellationToken);
            return verdict.Succeeded
                ? (signer, null)
                : Bad("signature-bad", $"the signature of {signer} is not under this description: {verdict.LastWords}");
        }
        finally
        {
            File.Delete(file);
        }

        static (string?, (string, string)?) Bad(string reason, string detail) => (null, (reason, detail));
    }

    private static Task<ProgramResult> RunAsync(IReadOnlyList<string> arguments, string? input, CancellationToken cancellationToken) => ProgramRunner.RunAsync(
        "ssh-keygen", arguments, null, Patience, cancellationToken,
        input is null ? null : (stream, stop) => stream.WriteAsync(Encoding.UTF8.GetBytes(input), stop).AsTask());
}
