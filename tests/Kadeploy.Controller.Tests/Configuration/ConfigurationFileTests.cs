using System.Net;
using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Yaml;
using Kadeploy.Deployments.Engine;

namespace Kadeploy.Controller.Tests.Configuration;

public sealed class ConfigurationFileTests
{
    private const string File = "/etc/kadeploy/kadeployd.yaml";

    [Fact]
    public void Parse_AddressOnly_EverythingElseHasADefault()
    {
        var it = ConfigurationFile.Parse(File, "address: 192.0.2.1");

        Assert.Equal(IPAddress.Parse("192.0.2.1"), it.Address);
        Assert.Equal(new IPEndPoint(IPAddress.Loopback, 25300), it.Listen.Api);
        Assert.Equal([25301, 25302, 25303], [it.Listen.Agents.Port, it.Listen.Boot.Port, it.Listen.Chain.Port]);
        Assert.Equal("/var/lib/kadeploy", it.StateDirectory);
        Assert.Equal(["/var/lib/kadeploy/images"], it.ImageDirectories);
        Assert.True(it.AutoEnrol);
        Assert.Equal(DiskLayout.Default, it.ClusterOf("anything").Disk);
        Assert.Equal(3, it.Ipmi.CipherSuite);
        Assert.Equal("120", it.ClusterOf("anything").Plans.RebootPatience!.Formula);
    }

    [Fact]
    public void Parse_Topology_GivesEachNodeItsSwitches()
    {
        var it = ConfigurationFile.Parse(File, """
            address: 192.0.2.1
            topology:
              controller: core/tor-1
              switches:
                core/tor-1: node-[1-2]
                core/tor-2: node-3
            """).Topology;

        Assert.Equal(["core", "tor-1"], it.Controller);
        Assert.Equal(["core", "tor-1"], it.Switches["node-2"]);
        Assert.Equal(["core", "tor-2"], it.Switches["node-3"]);
    }

    [Theory]
    [InlineData("topology: {switches: {a: 'node-[1-'}}", "topology.switches.a")]
    [InlineData("topology: {switches: {a: node-1, b: node-1}}", "topology.switches.b")]
    [InlineData("topology: {switch: x}", "topology.switch")]
    public void Parse_WrongTopology_IsRefusedWithItsKey(string line, string key) => Assert.Equal(
        key, Assert.Throws<YamlMistakeException>(() => ConfigurationFile.Parse(File, $"address: 192.0.2.1\n{line}")).Mistake.Key);

    [Fact]
    public void Parse_EveryKey_IsRead()
    {
        var it = ConfigurationFile.Parse(File, """
            address: 192.0.2.1
            listen: {api: 25400, agents: "192.0.2.1:1", boot: "[::1]:2", chain: 3}
            stateDirectory: /srv/state
            bootDirectory: /srv/boot
            images: {allowedDirectories: [/srv/images, /home/images]}
            kernelParameters: nomodeset quiet
            autoEnrol: false
            agentHeartbeat: 10s
            agentGrace: 1m
            ssh: {user: admin, port: 2222, connectTimeout: 3}
            ipmi: {cipherSuite: 17, timeoutSeconds: 20, retries: 0}
            stopGrace: 30s
            windows:
              reboot: {nodes: 20, pause: 5s}
              check: {nodes: 64}
            power:
              atOnce: 8
              perMinute: 120
              burst: 5
              deadline: 5m
              nodes: [{nodes: 'a-[1-2]', command: [/bin/echo, "{command}", "{node}"], timeout: 30s}]
            redfish: {verifyCertificates: false, timeoutSeconds: 5, retries: 3}
            outlets: {command: [/bin/echo, "{outlet}"], pause: 5s, feeds: {pdu1/3: 'a-[1-2]'}}
            clusters:
              default: {domain: site.example, timeouts: {wait_reboot: 10m}, rebootPatience: 30+n}
              fast:
                kernelParameters: console=ttyS1
                power: {command: [/bin/true]}
                disk: {table: mbr, swap: 4GiB, esp: 128MiB, biosBoot: 2MiB}
                timeouts: {reboot: 90}
              patient: {rebootPatience: none}
            """);

        Assert.Equal("127.0.0.1:25400", it.Listen.Api.ToString());
        Assert.Equal("[::1]:2", it.Listen.Boot.ToString());
        Assert.Equal("0.0.0.0:3", it.Listen.Chain.ToString());
        Assert.Equal(("/srv/state", "/srv/boot"), (it.StateDirectory, it.BootDirectory));
        Assert.Equal(["/srv/images", "/home/images"], it.ImageDirectories);
        Assert.Equal("nomodeset quiet", it.KernelParameters);
        Assert.False(it.AutoEnrol);
        Assert.Equal((TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1)), (it.AgentHeartbeat, it.AgentGrace));
        Assert.Equal(new SshConfiguration("admin", 2222, TimeSpan.FromSeconds(3)), it.Ssh);
        Assert.Equal(new IpmiConfiguration(17, TimeSpan.FromSeconds(20), 0), it.Ipmi);
        Assert.Equal(TimeSpan.FromSeconds(30), it.StopGrace);
        Assert.Equal(new WindowSize(20, TimeSpan.FromSeconds(5)), it.Windows["reboot"]);
        Assert.Equal(new WindowSize(64, TimeSpan.Zero), it.Windows["check"]);
        Assert.Equal((8, 120, 5, TimeSpan.FromMinutes(5)), (it.Power.AtOnce, it.Power.PerMinute, it.Power.Burst, it.Power.Deadline));
        Assert.Equal(["{command}", "{node}"], it.Power.Nodes["a-2"].Arguments);
        Assert.Equal(["a-1", "a-2"], it.Power.Outlets!.Feeds["pdu1/3"]);
        Assert.Equal(new RedfishConfiguration(false, TimeSpan.FromSeconds(5), 3), it.Redfish);
        Assert.Equal("/bin/true", it.ClusterOf("fast").Power!.Program);
        Assert.Null(it.ClusterOf("another").Power);
        var fast = it.ClusterOf("fast");
        Assert.Equal(new DiskLayout("mbr", 2 << 20, 128 << 20, 4L << 30), fast.Disk);
        Assert.Equal("site.example", fast.Domain);
        Assert.Equal("600", fast.Timeouts["wait_reboot"].Formula);
        Assert.Equal("90", fast.Timeouts["reboot"].Formula);
        Assert.Equal("30+n", fast.Plans.RebootPatience!.Formula);
        Assert.Null(it.ClusterOf("patient").Plans.RebootPatience);
    }

    [Theory]
    [InlineData("adress: 192.0.2.1", 1, "adress", "unknown key")]
    [InlineData("address: 192.0.2.1\nlisten:\n  apis: 1", 3, "listen.apis", "unknown key")]
    [InlineData("address: 192.0.2.1\nlisten:\n  api: soon", 3, "listen.api", "'soon' is not an address with a port")]
    [InlineData("address: 192.0.2.1\nlisten:\n  api: 99999", 3, "listen.api", "'99999'")]
    [InlineData("address: here", 1, "address", "'here' is not the IP address")]
    [InlineData("address: 0.0.0.0", 1, "address", "'0.0.0.0' is not the IP address")]
    [InlineData("address: 192.0.2.1\nautoEnrol: maybe", 2, "autoEnrol", "true or false")]
    [InlineData("address: 192.0.2.1\nstateDirectory: state", 2, "stateDirectory", "'state' is not an absolute path")]
    [InlineData("address: 192.0.2.1\nipmi: {cipherSuite: 0}", 2, "ipmi.cipherSuite", "from 1 to 17")]
    [InlineData("address: 192.0.2.1\nipmi: {cipherSuite: \"3\"}", 2, "ipmi.cipherSuite", "a whole number")]
    [InlineData("address: 192.0.2.1\nkernelParameters: \"a\\nboot\"", 2, "kernelParameters", "one line")]
    [InlineData("address: 192.0.2.1\nimages: {allowedDirectories: [images]}", 2, "images.allowedDirectories", "'images' is not an absolute path")]
    [InlineData("address: 192.0.2.1\nssh: {user: -oProxyCommand=x}", 2, "ssh.user", "is not a user name")]
    [InlineData("address: 192.0.2.1\nclusters:\n  a:\n    timeouts:\n      wait_rebot: 5", 5, "clusters.a.timeouts.wait_rebot", "unknown key")]
    [InlineData("address: 192.0.2.1\nclusters:\n  a:\n    timeouts:\n      wait_reboot: -5", 5, "clusters.a.timeouts.wait_reboot", "gives -5 s")]
    [InlineData("address: 192.0.2.1\nclusters:\n  a:\n    rebootPatience: soon", 4, "clusters.a.rebootPatience", "a duration such as")]
    [InlineData("address: 192.0.2.1\nclusters:\n  a:\n    rebootPatience: 0", 4, "clusters.a.rebootPatience", "no time at all")]
    [InlineData("address: 192.0.2.1\nclusters:\n  a:\n    disk: {swap: 4GB}", 4, "clusters.a.disk.swap", "'4GB' is not a size")]
    [InlineData("address: 192.0.2.1\nclusters:\n  a:\n    disk: {esp: 1MiB}", 4, "clusters.a.disk.esp", "at least")]
    [InlineData("address: 192.0.2.1\nwindows:\n  rebot: {nodes: 3}", 3, "windows.rebot", "unknown key")]
    [InlineData("address: 192.0.2.1\nwindows:\n  reboot: {pause: 3}", 3, "windows.reboot.nodes", "is missing")]
    [InlineData("address: 192.0.2.1\nwindows:\n  reboot: {nodes: 0}", 3, "windows.reboot.nodes", "from 1 to")]
    [InlineData("address: 192.0.2.1\nwindows:\n  reboot: {nodes: 2, pause: -1}", 3, "windows.reboot.pause", "is not a duration")]
    [InlineData("address: 192.0.2.1\nwindows:\n  reboot: {nodes: 2, size: 1}", 3, "windows.reboot.size", "unknown key")]
    [InlineData("address: 192.0.2.1\nclusters:\n  a:\n    power: {command: [reboot]}", 4, "clusters.a.power.command", "not an absolute path")]
    [InlineData("address: 192.0.2.1\nclusters:\n  a:\n    power: {command: [/nonexistent]}", 4, "clusters.a.power.command", "there is no program")]
    [InlineData("address: 192.0.2.1\nclusters:\n  a:\n    power: {command: [/bin/true, \"{password}\"]}", 4, "clusters.a.power.command", "'{password}' cannot be put in")]
    [InlineData("address: 192.0.2.1\npower:\n  nodes: [{nodes: 'a-[1', command: [/bin/true]}]", 3, "power.nodes[0].nodes", "no set of nodes")]
    [InlineData("address: 192.0.2.1\noutlets: {command: [/bin/true]}", 2, "outlets.feeds", "is missing")]
    [InlineData("address: 192.0.2.1\nclusters:\n  a:\n    steps: {SendEnvironment: [{type: X}]}", 4, "clusters.a.steps.SendEnvironment", "unknown key")]
    [InlineData("address: 192.0.2.1\nclusters:\n  a:\n    steps: {BroadcastEnv: []}", 4, "clusters.a.steps.BroadcastEnv", "at least one instance")]
    [InlineData("address: 192.0.2.1\nclusters:\n  a:\n    steps: {BroadcastEnv: [{type: BroadcastEnvMagic}]}", 4, "clusters.a.steps.BroadcastEnv[0].type", "unknown instance")]
    [InlineData("address: 192.0.2.1\nclusters:\n  a:\n    steps: {BroadcastEnv: [{type: BroadcastEnvChain, retries: -1}]}", 4, "clusters.a.steps.BroadcastEnv[0].retries", "from 0 to 100")]
    [InlineData("address: 192.0.2.1\nclusters:\n  a:\n    steps: {BroadcastEnv: [{type: BroadcastEnvChain, timeout: 200+}]}", 4, "clusters.a.steps.BroadcastEnv[0].timeout", "a formula such as")]
    [InlineData("address: 192.0.2.1\nclusters:\n  a:\n    customOperations: {BroadcastEnv: {sync: {pre-ops: [{action: exec, command: x}]}}}", 4, "clusters.a.customOperations.BroadcastEnv.sync.pre-ops[0].name", "name")]
    [InlineData("address: 192.0.2.1\nclusters:\n  a:\n    customOperations: {BroadcastEnv: {sync: {pre-ops: [{name: x, action: send, file: /etc/hosts}]}}}", 4, "clusters.a.customOperations.BroadcastEnv.sync.pre-ops[0].destination", "destination")]
    [InlineData("address: 192.0.2.1\nclusters:\n  a:\n    customOperations: {BroadcastEnv: {sync: {post-ops: [{name: x, action: run, file: /nonexistent}]}}}", 4, "clusters.a.customOperations.BroadcastEnv.sync.post-ops[0].file", "there is no /nonexistent")]
    [InlineData("address: 192.0.2.1\nclusters:\n  a:\n    customOperations: {BroadcastEnv: {make_coffee: {pre-ops: [{name: x, action: exec, command: x}]}}}", 4, "clusters.a.customOperations.BroadcastEnv.make_coffee", "make_coffee")]
    [InlineData("address: 192.0.2.1\nclusters:\n  a:\n    postinstall: {archive: /nonexistent, script: x}", 4, "clusters.a.postinstall.archive", "there is no /nonexistent")]
    [InlineData("address: 192.0.2.1\nclusters:\n  a: [1]", 3, "clusters.a", "a mapping")]
    public void Parse_SomethingWrong_NamesFileLineAndKey(string text, int line, string key, string problem)
    {
        var mistake = Assert.Throws<YamlMistakeException>(() => ConfigurationFile.Parse(File, text)).Mistake;

        Assert.Equal((File, line, key), (mistake.File, mistake.Line, mistake.Key));
        Assert.Contains(problem, mistake.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("address: [")]
    [InlineData("address: 192.0.2.1\naddress: 192.0.2.2")]
    [InlineData("- a list")]
    [InlineData("just text")]
    [InlineData("a: 1\n---\nb: 2")]
    public void Parse_NoMappingOfKeys_IsRefusedWithALine(string text) =>
        Assert.True(Assert.Throws<YamlMistakeException>(() => ConfigurationFile.Parse(File, text)).Mistake.Line > 0);

    [Fact]
    public void Parse_NestedWithoutEnd_IsRefusedBeforeTheStackOverflows()
    {
        var mistake = Assert.Throws<YamlMistakeException>(() => ConfigurationFile.Parse(File, "a: " + new string('[', 100_000))).Mistake;
        Assert.Contains("levels deep", mistake.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_NoFile_SaysWhichAndHowToNameAnother()
    {
        var mistake = Assert.Throws<YamlMistakeException>(() => ConfigurationFile.Load("/nonexistent")).Mistake;
        Assert.StartsWith("/nonexistent/kadeployd.yaml: cannot be read", mistake.ToString(), StringComparison.Ordinal);
        Assert.Contains("--config", mistake.ToString(), StringComparison.Ordinal);
    }
}
