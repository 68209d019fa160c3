namespace Kadeploy.Fleet.Tests;

/// <summary>The programs as the build left them, in the same configuration as this assembly.</summary>
internal static class Programs
{
    public static string Kadeployd => Find("controller/Kadeploy.Controller", "kadeployd");

    public static string Kadeploy => Find("controller/Kadeploy.Cli", "kadeploy");

    private static string Find(string project, string name)
    {
        var framework = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/')); // bin/Release/net10.0
        for (var folder = framework; folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Kadeploy.Agent.sln")))
                return Path.Combine(folder.FullName, project, "bin", framework.Parent!.Name, framework.Name, name);
        throw new InvalidOperationException($"no Kadeploy.Agent.sln above {AppContext.BaseDirectory}");
    }
}
