namespace Kadeploy.Controller.Environments;

/// <summary>A signature under a description.</summary>
/// <param name="Text">The description as it was signed.</param>
/// <param name="Armored">The signature as <c>ssh-keygen -Y sign</c> writes it.</param>
/// <param name="Signer">Who it was among the allowed signers when the environment was registered.</param>
internal sealed record EnvironmentSignature(string Text, string Armored, string Signer);
