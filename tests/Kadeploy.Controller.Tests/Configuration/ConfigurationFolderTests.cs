using Kadeploy.Api;
using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Tests.Support;
using Kadeploy.Controller.Yaml;

namespace Kadeploy.Controller.Tests.Configuration;

/// <summary>What lies beside kadeployd.yaml, variables of the environment, and SIGHUP.</summary>
public sealed class ConfigurationFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Parse_FileOfACluster_StandsForItsSection()
    {
        _folder.Write("clusters/gpu.yaml", "domain: gpu.site\n");
        _folder.Write("clusters/default.yaml", "kernelParameters: quiet\n");

        var it = Parse("address: 192.0.2.1\nclusters: {cpu: {domain: cpu.site}}");

        Assert.Equal(("gpu.site", "quiet"), (it.ClusterOf("gpu").Domain, it.ClusterOf("gpu").KernelParameters));
        Assert.Equal(("cpu.site", "quiet"), (it.ClusterOf("cpu").Domain, it.ClusterOf("cpu").KernelParameters));
    }

    [Theory]
    [InlineData("clusters/gpu.yaml", "domian: x\n", "clusters/gpu.yaml:1: domian: unknown key")]
    [InlineData("clusters/cpu.yaml", "domain: x\n", "kadeployd.yaml:2: clusters.cpu: is also described by")]
    [InlineData("nodes.yaml", "nodes:\n  - {name: node-1}\n", "nodes.yaml:2: nodes[0].macs: at least one MAC is needed")]
    [InlineData("nodes.yaml", "nodes:\n  - {name: node-1, macs: ['52:54:00:00:00:01'], rack: r1}\n", "nodes.yaml:2: nodes[0].rack: unknown key")]
    [InlineData("nodes.yaml", "nodes:\n  - {name: a, macs: ['52:54:00:00:00:01']}\n  - {name: b, macs: ['525400000001']}\n", "nodes.yaml:2: nodes: 52:54:00:00:00:01 is there twice")]
    [InlineData("nodes.yaml", "nodes:\n  - {name: a, macs: ['52:54:00:00:00:01'], bmc: {host: h, passwordFile: open}}\n", "may be read or written by others: chmod 600")]
    [InlineData("nodes.yaml", "nodes:\n  - {name: a, macs: ['52:54:00:00:00:01'], bmc: {host: h, passwordFile: none}}\n", "nodes[0].bmc.passwordFile: ")]
    [InlineData("nodes.yaml", "nodes:\n  - {name: a, macs: ['52:54:00:00:00:01'], disk: {minimum: big}}\n", "nodes.yaml:2: nodes[0].disk.minimum: 'big' is not a size")]
    public void Parse_MistakeBesideIt_NamesFileLineAndKey(string file, string text, string said)
    {
        File.SetUnixFileMode(_folder.Write("open", "secret"), UnixFileMode.UserRead | UnixFileMode.OtherRead);
        _folder.Write(file, text);

        var mistake = Assert.Throws<YamlMistakeException>(() => Parse("address: 192.0.2.1\nclusters: {cpu: {domain: cpu.site}}")).Mistake;

        Assert.Contains(said, mistake.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_Variables_StandInPlaceOfTheFilesValues()
    {
        var it = Parse("address: 192.0.2.1\nautoEnrol: true", ("KADEPLOY_LISTEN_API", "192.0.2.1:1"), ("KADEPLOY_AUTO_ENROL", "false"), ("KADEPLOY_SERVER", "https://x"));

        Assert.Equal((1, false), (it.Listen.Api.Port, it.AutoEnrol));
        var mistake = Assert.Throws<YamlMistakeException>(() => Parse("address: 192.0.2.1", ("KADEPLOY_LISTEN_API", "nowhere"))).Mistake;
        Assert.StartsWith("environment variable KADEPLOY_LISTEN_API: listen.api: 'nowhere' is not an address", mistake.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("KADEPLOY_AUTOENROL", "false")]
    [InlineData("KADEPLOY_LISTEN_APIS", "1")]
    [InlineData("KADEPLOY_GROUPS_ALL", "n-1")] // lists and free names stand in files
    [InlineData("KADEPLOY_CLUSTERS_GPU_DOMAIN", "x")] // of clusters/gpu.yaml
    public void Parse_VariableThatIsNoKey_IsTold(string name, string value)
    {
        _folder.Write("clusters/gpu.yaml", "domain: gpu.site\n");

        var it = Parse("address: 192.0.2.1", (name, value), ("KADEPLOY_TLS_ENABLED", "false"), ("KADEPLOY_SERVER", "https://x"));

        Assert.StartsWith($"environment variable {name} is no key of kadeployd.yaml and does nothing", Assert.Single(it.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("webhooks: [{url: 'http://h/', secretFile: FILE}]", "webhooks[0].secretFile")]
    [InlineData("users: {passwordFile: FILE}", "users.passwordFile")]
    [InlineData("tls: {certificate: FILE, key: FILE}", "tls.key")]
    public void Parse_SecretThatOthersMayRead_IsRefused(string yaml, string key)
    {
        var file = _folder.Write("secret", "x");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        Assert.Contains($"{key}: {file} may be read or written by others: chmod 600 {file}", Refused(), StringComparison.Ordinal);

        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Parse($"address: 192.0.2.1\n{yaml.Replace("FILE", file, StringComparison.Ordinal)}");

        File.Delete(file);
        Assert.Contains($"{file} does not exist", Refused(), StringComparison.Ordinal);

        string Refused() => Assert.Throws<YamlMistakeException>(() => Parse($"address: 192.0.2.1\n{yaml.Replace("FILE", file, StringComparison.Ordinal)}")).Mistake.ToString();
    }

    [Theory]
    [InlineData("listen: {api: 127.0.0.1:1000, agents: 127.0.0.1:1000}", "listen.agents: 127.0.0.1:1000 and listen.api cannot both be had")]
    [InlineData("listen: {api: 127.0.0.1:25303}", "listen.chain: 0.0.0.0:25303 and listen.api cannot both be had")]
    [InlineData("webhooks: [{url: 'http://h/'}, {url: 'http://h'}]", "webhooks: http://h/ is there twice")]
    public void Parse_TwoOfTheSame_AreRefused(string yaml, string said) =>
        Assert.EndsWith(said, Assert.Throws<YamlMistakeException>(() => Parse($"address: 192.0.2.1\n{yaml}")).Mistake.ToString(), StringComparison.Ordinal);

    [Fact]
    public void Parse_PortsThatAreChosenByTheSystem_MayBeTheSame() => Parse("address: 192.0.2.1\nlisten: {api: 0, agents: 0, boot: 0, chain: 0}");

    [Fact]
    public async Task Reload_TakesOverWhatMayChangeAndSaysWhatWaits()
    {
        await using var controller = await TestController.StartAsync();
        var configuration = controller.Service<ControllerConfiguration>();
        var reload = controller.Service<ConfigurationReload>();
        var known = $"address: {controller.Address}\nstateDirectory: {controller.Folder.Path}/state\n";
        File.SetUnixFileMode(controller.Folder.Write("etc/bmc", "secret\n"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        controller.Folder.Write("etc/nodes.yaml", "nodes:\n  - {name: node-1, macs: ['52:54:00:00:00:01'], address: 10.0.0.1, bmc: {host: 10.0.1.1, user: u, passwordFile: bmc}}\n");
        controller.Folder.Write("etc/kadeployd.yaml", known + "groups: {gpu: node-1}\nclusters: {fast: {domain: fast.site}}\n");

        reload.Reload();

        Assert.Equal(("node-1", "fast.site"), (configuration.Groups["gpu"], configuration.ClusterOf("fast").Domain));
        Assert.Equal("10.0.0.1", (await controller.GetAsync("/v1/nodes/node-1", ApiJson.Default.NodeInfo)).Address);
        Assert.Equal("secret", controller.Service<Kadeploy.Controller.Storage.NodeStore>().BmcPassword("node-1"));

        // Another address for the node, and a mistake: nothing changes. Then without the mistake: the password that is not given is kept.
        controller.Folder.Write("etc/nodes.yaml", "nodes:\n  - {name: node-1, macs: ['52:54:00:00:00:02'], address: 10.0.0.9, bmc: {host: 10.0.1.1, user: u}}\n");
        controller.Folder.Write("etc/kadeployd.yaml", known + "grops: {}\n");
        reload.Reload();
        Assert.Equal("10.0.0.1", (await controller.GetAsync("/v1/nodes/node-1", ApiJson.Default.NodeInfo)).Address);
        controller.Folder.Write("etc/kadeployd.yaml", known);
        reload.Reload();
        var node = await controller.GetAsync("/v1/nodes/node-1", ApiJson.Default.NodeInfo);
        Assert.Equal(("10.0.0.9", "52:54:00:00:00:02"), (node.Address, node.Macs[0]));
        Assert.Equal("secret", controller.Service<Kadeploy.Controller.Storage.NodeStore>().BmcPassword("node-1"));
        Assert.Empty(configuration.Groups);
    }

    [Fact]
    public void TakeOver_KeysThatWait_AreNamed()
    {
        var running = Parse("address: 192.0.2.1\nagentGrace: 5");

        Assert.Equal(["agentGrace", "listen"], running.TakeOver(Parse("address: 192.0.2.1\nlisten: {api: 1}\ngroups: {a: b}")));
        Assert.Equal(["a"], running.Groups.Keys);
    }

    private ControllerConfiguration Parse(string text, params (string Name, string Value)[] variables) =>
        ConfigurationFile.Parse(Path.Combine(_folder.Path, "kadeployd.yaml"), text, variables.ToDictionary(v => v.Name, v => v.Value));
}
