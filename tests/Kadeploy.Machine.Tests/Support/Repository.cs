namespace Kadeploy.Machine.Tests.Support;

/// <summary>The checkout that these tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    public static string File(params ReadOnlySpan<string> path) => Path.Combine([Root, .. path]);

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (System.IO.File.Exists(Path.Combine(folder.FullName, "Kadeploy.Agent.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException($"no Kadeploy.Agent.sln above {AppContext.BaseDirectory}");
    }
}
