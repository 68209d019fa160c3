using Kadeploy.Controller.Yaml;

namespace Kadeploy.Controller.Configuration;

/// <summary>The <c>signatures</c> section: who may sign environments.</summary>
/// <param name="AllowedSigners">File in the form of ssh-keygen(1), "ALLOWED SIGNERS"; null: nobody's signature means anything.</param>
/// <param name="Required">Environments without a good signature are neither registered nor deployed.</param>
internal sealed record SignatureConfiguration(string? AllowedSigners, bool Required)
{
    public static SignatureConfiguration Read(YamlMap root)
    {
        if (root.Map("signatures") is not { } map)
            return new SignatureConfiguration(null, false);
        var signers = ConfigurationFile.ExistingFile(map, "allowedSigners");
        var required = map.Flag("required", false);
        if (required && signers is null)
            throw map.Wrong("required", "needs allowedSigners: else nothing could be deployed");
        map.RefuseUnread();
        return new SignatureConfiguration(signers, required);
    }
}
