namespace Kadeploy.Testbed;

/// <summary>How to start this program again, also from a test process that has it as a library.</summary>
internal static class Self
{
    /// <summary>Absolute path of the runtime's starter; the program's own starter would need to find the runtime by itself.</summary>
    public static string Dotnet { get; } = FindDotnet();

    public static string Assembly => typeof(Self).Assembly.Location;

    private static string FindDotnet()
    {
        // .../dotnet/shared/Microsoft.NETCore.App/10.0.1/System.Private.CoreLib.dll
        var runtime = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        return Path.GetFullPath(Path.Combine(runtime, "../../../dotnet"));
    }
}
