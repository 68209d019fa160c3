using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Programs;
using Kadeploy.Controller.Storage;

namespace Kadeploy.Controller.Remote;

/// <summary>The controller's own SSH key, made by ssh-keygen at the first start.</summary>
/// <param name="file">Private key.</param>
/// <param name="publicKey">Public key as authorized_keys has it.</param>
internal sealed class ControllerKey(string file, string publicKey)
{
    public string File { get; } = file;

    public string PublicKey { get; } = publicKey;

    /// <exception cref="IOException">ssh-keygen cannot make it, or it cannot be read.</exception>
    public static async Task<ControllerKey> LoadAsync(ControllerConfiguration configuration, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(configuration.StateDirectory, "ssh");
        PrivateFile.Directory(folder);
        var file = Path.Combine(folder, "id_ed25519");
        if (!System.IO.File.Exists(file))
        {
            var result = await ProgramRunner.RunAsync(
                "ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "kadeploy-controller", "-f", file], null, TimeSpan.FromSeconds(30), cancellationToken);
            if (!result.Succeeded)
                throw new IOException($"ssh-keygen cannot make {file}: {result.LastWords} (Debian's package openssh-client)");
        }
        return new ControllerKey(file, (await System.IO.File.ReadAllTextAsync(file + ".pub", cancellationToken)).Trim());
    }
}
