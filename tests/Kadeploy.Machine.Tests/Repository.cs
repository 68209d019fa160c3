namespace Kadeploy.Machine.Tests;

/// <summary>Where things are: programs as the build left them, and what build/initramfs and build/image made.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string Out => Environment.GetEnvironmentVariable("KADEPLOY_OUT") ?? Path.Combine(Root, "out");

    public static string Kadeployd => Program("controller/Kadeploy.Controller", "kadeployd");

    public static string Kadeploy => Program("controller/Kadeploy.Cli", "kadeploy");

    /// <summary>The agent as it is in the initramfs.</summary>
    public static string Agent => Path.Combine(Made(Path.Combine(Out, "agent"), "kadeploy-agent", "build/initramfs --drivers virtio"), "kadeploy-agent");

    public static string BootDirectory => Made(Path.Combine(Out, "boot", "virtio"), "initramfs", "build/initramfs --drivers virtio");

    public static string TinyEnvironment => Path.Combine(Made(Path.Combine(Out, "images"), "tiny.yaml", "build/image tiny"), "tiny.yaml");

    private static string Program(string project, string name)
    {
        // The same configuration as this assembly: bin/Release/net10.0.
        var framework = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/'));
        return Path.Combine(Root, project, "bin", framework.Parent!.Name, framework.Name, name);
    }

    private static string Made(string directory, string file, string command) =>
        File.Exists(Path.Combine(directory, file))
            ? directory
            : throw new InvalidOperationException($"{Path.Combine(directory, file)} is missing: run '{command}', or 'build/test', which does");

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Kadeploy.Agent.sln")))
                return folder.FullName;
        throw new InvalidOperationException($"no Kadeploy.Agent.sln above {AppContext.BaseDirectory}");
    }
}
