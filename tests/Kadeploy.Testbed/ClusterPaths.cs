namespace Kadeploy.Testbed;

/// <summary>
/// Where a cluster keeps what. Files for people and tests are in its directory; what is needed to find and remove it
/// (process identities, sockets) is under /run by name, so that a cluster is found whoever started it, and socket paths stay short.
/// </summary>
internal sealed class ClusterPaths(string name, string directory)
{
    private const string RunRoot = "/run/kadeploy-testbed";

    public string Name { get; } = name;

    public string Directory { get; } = directory;

    public string Run { get; } = Path.Combine(RunRoot, name);

    public string Description => Path.Combine(Directory, "cluster.json");

    /// <summary>A link from the run folder to the cluster's directory.</summary>
    public static string DirectoryLink(string name) => Path.Combine(RunRoot, name, "directory");

    public string Logs => Path.Combine(Directory, "log");

    public string Serial => Path.Combine(Directory, "serial");

    public string Disks => Path.Combine(Directory, "disks");

    public string Tftp => Path.Combine(Directory, "tftp");

    public string Bmc(string node) => Path.Combine(Directory, "bmc", node);

    public string Process(string process) => Path.Combine(Run, process + ".process");

    public string Machine(string node) => Path.Combine(Run, node + ".machine");

    public string Qmp(string node) => Path.Combine(Run, node + ".qmp");

    public string BootOverride(string node) => Path.Combine(Run, node + ".boot");

    /// <summary>The paths of a cluster that is up or was left behind; null when there is no trace of one.</summary>
    public static ClusterPaths? Find(string name)
    {
        try
        {
            return new ClusterPaths(name, File.ReadAllText(DirectoryLink(name)).Trim());
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }
}
