using System.Net;
using Kadeploy.Controller.Configuration;
using Kadeploy.Controller.Yaml;

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
    }

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
            clusters:
              default: {domain: site.example, timeouts: {wait_reboot: 10m}}
              fast:
                kernelParameters: console=ttyS1
                disk: {table: mbr, swap: 4GiB, esp: 128MiB, biosBoot: 2MiB}
                timeouts: {reboot: 90}
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
        var fast = it.ClusterOf("fast");
        Assert.Equal(new DiskLayout("mbr", 2 << 20, 128 << 20, 4L << 30), fast.Disk);
        Assert.Equal("site.example", fast.Domain);
        Assert.Equal("600", fast.Timeouts["wait_reboot"].Formula);
        Assert.Equal("90", fast.Timeouts["reboot"].Formula);
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
    [InlineData("address: 192.0.2.1\nclusters:\n  a:\n    timeouts:\n      wait_reboot: -5", 5, "clusters.a.timeouts.wait_reboot", is not a duration
    [InlineData("address: 192.0.2.1\nclusters:\n  a:\n    disk: {swap: 4GB}", 4, "clusters.a.disk.swap", "'4GB' is not a size")]
    [InlineData("address: 192.0.2.1\nclusters:\n  a:\n    disk: {esp: 1MiB}", 4, "clusters.a.disk.esp", "at least")]
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
