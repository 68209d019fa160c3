namespace Kadeploy.Deployments.Tests.Architecture;

/// <summary>The sources that these tests were built from.</summary>
internal static class Repository
{
    public static string Root
    {
        get
        {
            for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            {
                if (File.Exists(Path.Combine(folder.FullName, "Kadeploy.Agent.sln")))
                    return folder.FullName;
            }

            throw new DirectoryNotFoundException($"no Kadeploy.Agent.sln above {AppContext.BaseDirectory}");
        }
    }
}
