using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using Kadeploy.Controller.Agents;
using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Environments;
using Kadeploy.Controller.Remote;
using Kadeploy.Controller.Storage;
using Kadeploy.Deployments.Engine;
using Kadeploy.Deployments.Environments;
using Kadeploy.Deployments.Nodes;

namespace Kadeploy.Controller.Drivers;

/// <summary>What each micro-step means for an agent: the cluster's layout, the environment and the request made into orders.</summary>
internal sealed class AgentOrders(ControllerConfiguration configuration, ListenAddresses addresses, ControllerKey key, ReportStore reports, HostKeyStore hostKeys, ImageFolders folders,
    RemoteArchives remote)
{
    /// <summary>Path inside the installed system of the address at which it reports that it is up.</summary>
    public const string ReportFile = "/etc/kadeploy/report-url";

    public IReadOnlyList<AgentOrder> Partition(StepExecution execution, Node node) =>
        [new AgentOrder.PartitionDisk(node.Disk, ClusterOf(node).Disk)];

    public static IReadOnlyList<AgentOrder> Format(StepExecution execution, Node node) =>
        [new AgentOrder.MakeFileSystem(node.Disk, execution.Deployment.Partition, execution.Deployment.Environment.FileSystem, "root")];

    public IReadOnlyList<AgentOrder> FormatSwap(StepExecution execution, Node node) =>
        ClusterOf(node).Disk.SwapBytes == 0 || execution.Deployment.Partition == DiskLayout.SwapPartition
            ? []
            : [new AgentOrder.MakeFileSystem(node.Disk, DiskLayout.SwapPartition, "swap", "swap")];

    public static IReadOnlyList<AgentOrder> Mount(StepExecution execution, Node node) =>
        [new AgentOrder.Mount(node.Disk, execution.Deployment.Partition, execution.Deployment.Environment.FileSystem)];

    public static IReadOnlyList<AgentOrder> KeysForDeploymentEnvironment(StepExecution execution, Node node) =>
        execution.Deployment.AuthorizedKeys.Count == 0 ? [] : [new AgentOrder.AuthorizeKeys(execution.Deployment.AuthorizedKeys)];

    public async ValueTask<IReadOnlyList<AgentOrder>> ConfigureAsync(StepExecution execution, Node node)
    {
        var host = node.Name.Split('.', 2);
        var url = $"http://{new System.Net.IPEndPoint(configuration.Address, addresses.Boot)}/report/{await reports.MakeTokenAsync(node.Name, execution.Deployment.Id)}\n";
        return
        [
            new AgentOrder.Configure(
                host[0],
                host.Length > 1 ? host[1] : ClusterOf(node).Domain,
                [key.PublicKey, .. execution.Deployment.AuthorizedKeys],
                ImmutableDictionary<string, string>.Empty.Add(ReportFile, url)),
        ];
    }

    /// <summary>Pins the host keys that the installed system was given.</summary>
    public Task LearnHostKeysAsync(StepExecution execution, Node node, IReadOnlyDictionary<string, string> facts) => hostKeys.ReplaceAsync(
        node.Name,
        execution.Deployment.Id,
        facts.Where(f => f.Key.StartsWith(FactNames.HostKeyPrefix, StringComparison.Ordinal) && !f.Value.Contains('\n', StringComparison.Ordinal))
            .ToDictionary(f => f.Key[FactNames.HostKeyPrefix.Length..], f => f.Value));

    /// <summary>The site's preinstall, then the environment's.</summary>
    public IReadOnlyList<AgentOrder> Preinstalls(StepExecution execution, Node node) =>
    [
        .. new[] { ClusterOf(node).Preinstall, execution.Deployment.Environment.Preinstall }.OfType<Postinstall>()
            .Select((p, i) => Script(p, $"preinstall {(i + 1).ToString(CultureInfo.InvariantCulture)}", Variables(execution, node), ClusterOf(node).Preinstall == p)),
    ];

    /// <summary>The site's postinstall.</summary>
    public IReadOnlyList<AgentOrder> AdminScripts(StepExecution execution, Node node) =>
        ClusterOf(node).Postinstall is { } postinstall ? [Script(postinstall, "the site's postinstall", Variables(execution, node), ofSite: true)] : [];

    public IReadOnlyList<AgentOrder> UserScripts(StepExecution execution, Node node)
    {
        var environment = Variables(execution, node);
        var orders = execution.Deployment.Environment.Postinstalls.Select((p, i) =>
            Script(p, $"postinstall {(i + 1).ToString(CultureInfo.InvariantCulture)} of {execution.Deployment.Environment.Name}", environment)).ToList();
        if (execution.Deployment.Script.Length > 0)
            orders.Add(new AgentOrder.RunScript("the user's script", default, "none", execution.Deployment.Script, environment));
        return orders;
    }

    public static IReadOnlyList<AgentOrder> CheckKernelFiles(StepExecution execution, Node node)
    {
        var environment = execution.Deployment.Environment;
        string[] paths = [.. new[] { environment.Kernel, environment.Initrd }.Where(p => p.Length > 0)];
        return paths.Length == 0 ? [] : [new AgentOrder.CheckFiles(paths)];
    }

    public IReadOnlyList<AgentOrder> InstallBootLoader(StepExecution execution, Node node) =>
        execution.Deployment.Environment.Kernel.Length == 0
            ? []
            :
            [
                new AgentOrder.InstallBootLoader(
                    node.Disk, execution.Deployment.Partition, execution.Deployment.Environment.Kernel, execution.Deployment.Environment.Initrd,
                    Parameters(execution, node)),
            ];

    public IReadOnlyList<AgentOrder> Kexec(StepExecution execution, Node node) =>
    [
        new AgentOrder.Kexec(
            node.Disk, execution.Deployment.Partition, execution.Deployment.Environment.Kernel, execution.Deployment.Environment.Initrd,
            Parameters(execution, node)),
    ];

    private string Parameters(StepExecution execution, Node node) =>
        $"{ClusterOf(node).KernelParameters} {execution.Deployment.Environment.KernelParameters}".Trim();

    // Kadeploy3's names, so that postinstalls written for it find what they read.
    public Dictionary<string, string> Variables(StepExecution execution, Node node) => new()
    {
        ["KADEPLOY_CLUSTER"] = node.Cluster,
        ["KADEPLOY_NODE"] = node.Name,
        ["KADEPLOY_DEPLOYMENT"] = execution.Deployment.Id,
        ["KADEPLOY_ENV"] = execution.Deployment.Environment.Name,
        ["KADEPLOY_ENV_KERNEL"] = execution.Deployment.Environment.Kernel,
        ["KADEPLOY_ENV_INITRD"] = execution.Deployment.Environment.Initrd,
        ["KADEPLOY_ENV_KERNEL_PARAMS"] = Parameters(execution, node),
        ["KADEPLOY_DEPLOY_PART_NUM"] = execution.Deployment.Partition.ToString(CultureInfo.InvariantCulture),
        ["KADEPLOY_FS_TYPE"] = execution.Deployment.Environment.FileSystem,
        ["KADEPLOY_OS_KIND"] = "linux",
    };

    // The administrator's own archives may lie anywhere.
    private AgentOrder.RunScript Script(Postinstall it, string name, IReadOnlyDictionary<string, string> environment, bool ofSite = false) => new(
        name, it.Archive.Length == 0 ? default(ReadOnlyMemory<byte>) : ofSite ? File.ReadAllBytes(it.Archive) : Read(it), it.Compression, it.Script, environment);

    // Looked at again: the file that was registered may have become a link to something else.
    private byte[] Read(Postinstall script) => RemoteArchives.UrlOf(script.Archive) is { } url ? remote.Read(script, url) : Read(script.Archive, script.Sha256);

    private byte[] Read(string archive, string expected)
    {
        if (folders.Confine(archive) is not { } path)
            throw new IOException($"{archive} lies outside the allowed folders ({folders.Allowed})");
        if (new FileInfo(path) is { Exists: true, Length: > EnvironmentRegistrar.MostArchiveBytes })
            throw new IOException($"{archive} has more than {EnvironmentRegistrar.MostArchiveBytes} bytes");
        var bytes = File.ReadAllBytes(path);
        return expected.Length == 0 || Convert.ToHexStringLower(SHA256.HashData(bytes)) == expected
            ? bytes
            : throw new IOException($"{archive} is not what was registered: its SHA-256 is no longer {expected}");
    }

    private ClusterConfiguration ClusterOf(Node node) => configuration.ClusterOf(node.Cluster);
}
