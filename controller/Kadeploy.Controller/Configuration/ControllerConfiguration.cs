using System.Net;
using Kadeploy.Deployments.Engine;

namespace Kadeploy.Controller.Configuration;

/// <summary>Everything in kadeployd.yaml and beside it, validated; but for what <see cref="TakeOver"/> says immutable while the controller runs.</summary>
/// <param name="Directory">The folder it was read from.</param>
/// <param name="Listen">Where kadeployd listens.</param>
/// <param name="Address">IP address under which the nodes reach the controller.</param>
/// <param name="StateDirectory">Database, tokens, keys; mode 0700.</param>
/// <param name="BootDirectory">vmlinuz, initramfs and localboot.efi, as build/initramfs writes them.</param>
/// <param name="ImageDirectories">Images and archives may lie below these folders only.</param>
/// <param name="KernelParameters">Appended to the kernel line of the deployment environment.</param>
/// <param name="AutoEnrol">Whether machines that nobody registered are booted into the deployment environment to report what they are.</param>
/// <param name="AgentHeartbeat">Interval at which agents must be heard; three missed are one lost agent.</param>
/// <param name="AgentGrace">How long a lost agent may take to dial again before its steps fail.</param>
/// <param name="StopGrace">How long a planned stop waits for micro-steps that will soon be over.</param>
/// <param name="Clusters">Settings per cluster, <c>default</c> always among them.</param>
/// <param name="Ssh">How installed systems are seen.</param>
/// <param name="Ipmi">How ipmitool is called.</param>
/// <param name="Windows">How many nodes may be in certain steps at once, by the window's name.</param>
/// <param name="Power">How power is controlled, whatever the kind of BMC.</param>
/// <param name="Redfish">How Redfish services are talked to.</param>
/// <param name="Topology">How the network is built.</param>
/// <param name="Users">Who may come in.</param>
/// <param name="Groups">Node sets by the name of their group.</param>
/// <param name="Tls">What the REST API shows.</param>
/// <param name="Webhooks">Who is told of the end of every operation.</param>
/// <param name="CacheBytes">How much the cache of fetched files may hold.</param>
internal sealed record ControllerConfiguration(
    string Directory,
    ListenConfiguration Listen,
    IPAddress Address,
    string StateDirectory,
    string BootDirectory,
    IReadOnlyList<string> ImageDirectories,
    string KernelParameters,
    bool AutoEnrol,
    TimeSpan AgentHeartbeat,
    TimeSpan AgentGrace,
    TimeSpan StopGrace,
    IReadOnlyDictionary<string, ClusterConfiguration> Clusters,
    SshConfiguration Ssh,
    IpmiConfiguration Ipmi,
    IReadOnlyDictionary<string, WindowSize> Windows,
    PowerConfiguration Power,
    RedfishConfiguration Redfish,
    TopologyConfiguration Topology,
    UsersConfiguration Users,
    IReadOnlyDictionary<string, string> Groups,
    TlsConfiguration Tls,
    IReadOnlyList<WebhookConfiguration> Webhooks,
    long CacheBytes)
{
    /// <summary>Top-level keys that a running kadeployd takes over (<see cref="TakeOver"/>), besides nodes.yaml; the others wait for its next start.</summary>
    public static readonly IReadOnlyList<string> Reloadable = ["autoEnrol", "clusters", "groups", "kernelParameters"];

    public bool AutoEnrol { get; private set; } = AutoEnrol;

    public IReadOnlyDictionary<string, ClusterConfiguration> Clusters { get; private set; } = Clusters;

    public IReadOnlyDictionary<string, string> Groups { get; private set; } = Groups;

    public string KernelParameters { get; private set; } = KernelParameters;

    /// <summary>Nodes of nodes.yaml, with the passwords of their BMCs.</summary>
    public IReadOnlyList<(Kadeploy.Deployments.Nodes.Node Node, string? BmcPassword)> Nodes { get; set; } = [];

    /// <summary>The file's top-level values, as they were read.</summary>
    public IReadOnlyDictionary<string, YamlDotNet.RepresentationModel.YamlNode> Values { get; init; } = new Dictionary<string, YamlDotNet.RepresentationModel.YamlNode>();

    /// <summary>What is no mistake, and yet hardly meant.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Takes over from a newer version of the file what may change while kadeployd runs; operations that were accepted keep the plans they have.</summary>
    /// <returns>Keys that differ and wait for the next start.</returns>
    public IReadOnlyList<string> TakeOver(ControllerConfiguration newer)
    {
        var waiting = Values.Keys.Union(newer.Values.Keys)
            .Where(key => !Reloadable.Contains(key) && !Equals(Values.GetValueOrDefault(key), newer.Values.GetValueOrDefault(key))).Order(StringComparer.Ordinal).ToList();
        (AutoEnrol, Clusters, Groups, KernelParameters, Nodes) = (newer.AutoEnrol, newer.Clusters, newer.Groups, newer.KernelParameters, newer.Nodes);
        return waiting;
    }

    /// <summary>Whether a node's profile and token are good at the node's address only.</summary>
    public bool CheckAddresses { get; init; } = true;

    /// <summary>Who may sign environments, and whether they must be signed.</summary>
    public SignatureConfiguration Signatures { get; init; } = new(null, false);

    /// <summary>Whether image bytes are encrypted on their way from node to node.</summary>
    public bool EncryptImages { get; init; }

    /// <summary>The administrator's commands at the end of operations.</summary>
    public HookSection Hooks { get; init; } = new(new Dictionary<Kadeploy.Deployments.Engine.OperationKind, Programs.SiteCommand>(), TimeSpan.FromSeconds(60));

    public ClusterConfiguration ClusterOf(string name) =>
        Clusters.TryGetValue(name, out var cluster) ? cluster : Clusters[ClusterConfiguration.DefaultName];
}
