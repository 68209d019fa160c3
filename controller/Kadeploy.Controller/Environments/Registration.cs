namespace Kadeploy.Controller.Environments;

/// <summary>What became of an environment that somebody wanted to register.</summary>
internal abstract record Registration
{
    private Registration()
    {
    }

    /// <summary>Registered.</summary>
    public sealed record Done(RegisteredEnvironment Environment) : Registration;

    /// <summary>Refused; nothing was kept.</summary>
    /// <param name="Status">HTTP status that fits.</param>
    /// <param name="Reason">Stable kebab-case code.</param>
    /// <param name="Detail">For a person.</param>
    /// <param name="Field">Path of the field at fault, or null.</param>
    public sealed record Refused(int Status, string Reason, string Detail, string? Field) : Registration;
}
