namespace Kadeploy.Cli.Client;

/// <summary>The answer of a call that has none.</summary>
internal sealed record Nothing
{
    private Nothing()
    {
    }

    public static Nothing Value { get; } = new();
}
