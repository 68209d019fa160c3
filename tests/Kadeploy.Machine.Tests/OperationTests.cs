using System.Text.Json;
using Kadeploy.Machine.Tests.Support;
using Kadeploy.Testbed;

namespace Kadeploy.Machine.Tests;

/// <summary>
/// The ways of a deployment and of a reboot that the others do not go, on one virtual machine, one after the other: a preinstall that makes the
/// partitions and a broadcast of the site's own; out of the running system by kexec; every kind of reboot; the power.
/// </summary>
[Trait("Lane", "machine")]
public sealed class OperationTests
{
    private const int Root = 3;
    private const int Port = 9000;
    private const string Label = "made-by-hand";

    [Fact]
    public void A_machine_is_prepared_by_a_preinstall_and_a_command_of_the_site_then_left_by_kexec_then_rebooted_in_every_way()
    {
        using var lab = Lab.Up("kd-operate", 1, [], directory => $$"""
            ssh: {connectTimeout: 30}
            clusters:
              default:
                domain: site.test
                broadcast:
                  command: [/bin/bash, {{directory}}/images/send, "{image}", "{nodeFile}"]
                  receive: busybox nc -l -p {{Port}} </dev/null >"$KADEPLOY_IMAGE"
            """);
        var node = lab.Cluster.Nodes[0];
        var plain = SshImage.Make(lab.Images);
        File.WriteAllText(lab.Images + "/send", Sender(node));
        lab.MustSucceed("env", "add", plain);
        lab.MustSucceed("env", "add", SshImage.Describe(lab.Images, "by-hand", Preinstall(lab)));
        lab.Add(node);

        // 1: preinstall, custom broadcast
        var steps = Deploy(lab, "by-hand", "--boot", "kexec", "--force-steps", "BroadcastEnv|BroadcastEnvCustom");
        Assert.Superset(new HashSet<string> { "manage_admin_pre_install", "mount_deploy_part", "decompress_environment" }, steps);
        Assert.DoesNotContain("create_partition_table", steps);
        lab.AwaitUp(node);
        Assert.Contains(Label, new WrittenDisk(node.Disk).Superblock(Root), StringComparison.Ordinal);

        // 2: out of that system, past the firmware
        var firmware = Firmware(node);
        steps = Deploy(lab, SshImage.Name, "--boot", "kexec", "--force-steps", "SetDeploymentEnv|SetDeploymentEnvKexec");
        Assert.Superset(new HashSet<string> { "send_deployment_kernel", "kexec", "create_partition_table" }, steps);
        Assert.DoesNotContain("reboot", steps);
        Assert.Equal(firmware, Firmware(node));

        // 3: every kind of reboot, each counted by a new boot id
        var ids = new List<string> { Operate(lab, "reboot", "-m", node.Name, "-y") };
        CopyAndRead(lab, node, "ssh");
        ids.Add(Operate(lab, "reboot", "-m", node.Name, "-y", "-r", "deploy_env", "-k", lab.PublicKey));
        CopyAndRead(lab, node, "agent");
        ids.Add(Operate(lab, "reboot", "-m", node.Name, "-y", "-r", "recorded_env", "-e", SshImage.Name, "-p", "3"));
        File.WriteAllText(lab.Images + "/own.ipxe", "#!ipxe\necho a script of my own\nsanboot --no-describe --drive 0x80\n");
        ids.Add(Operate(lab, "reboot", "-m", node.Name, "-y", "-r", "set_pxe", "-w", lab.Images + "/own.ipxe"));
        Assert.Contains("a script of my own", File.ReadAllText(node.SerialLog), StringComparison.Ordinal);
        Assert.Equal(ids.Count, ids.Distinct().Count());

        // 4: power
        Assert.Equal("off", Power(lab, node, "off", "soft"));
        Assert.Equal("off", Power(lab, node, "status", null));
        Assert.Equal("on", Power(lab, node, "on", "hard"));
        Assert.Equal("off", Power(lab, node, "off", "hard"));
        Assert.Equal(node.Name, new WrittenDisk(node.Disk).Read(Root, "/etc/hostname").Trim());
    }

    /// <summary>A file is copied to the node and read there by a command, which also says how it ended: the same words, whichever way it is reached.</summary>
    private static void CopyAndRead(Lab lab, NodeDescription node, string way)
    {
        // A system reports when it is up, which may be a moment before its SSH server is.
        if (way == "ssh")
            lab.Await(TimeSpan.FromMinutes(2), $"{node.Name} lets SSH in", () => lab.Kadeploy(TimeSpan.FromMinutes(1), ["exec", "-m", node.Name, "--", "true"]).ExitCode == 0 ? node : null);
        File.WriteAllText(lab.Images + "/note", $"by {way}\n");
        Succeed(lab, ["copy", lab.Images + "/note", "-m", node.Name, "--out", "/root/note"]);
        var run = lab.Kadeploy(TimeSpan.FromMinutes(2), ["exec", "-m", node.Name, "--json", "--", "cat /root/note; exit 3"]);
        Assert.True(run.ExitCode == 1, $"kadeploy exec ended with {run.ExitCode}: {run.Output}{run.Error}\n{lab.Evidence}");
        using var results = JsonDocument.Parse(run.Output);
        var result = Assert.Single(results.RootElement.EnumerateArray());
        Assert.Equal((way, 3, $"by {way}\n"), (result.GetProperty("by").GetString(), result.GetProperty("exitCode").GetInt32(), result.GetProperty("output").GetString()));
    }

    // The node's agent listens once it has started the receiving script: asked until it does.
    private static string Sender(NodeDescription node) => $$"""
        set -e
        [ "$(cat "$2")" = {{node.Name}} ]
        for try in $(seq 480); do
            if exec 3>/dev/tcp/{{node.Ip}}/{{Port}}; then
                exec cat "$1" >&3
            fi
            sleep 0.5
        done
        exit 1

        """;

    private static string Preinstall(Lab lab)
    {
        File.WriteAllText(lab.Images + "/prepare", $"""
            #!/bin/sh
            set -e
            printf 'label: gpt\n1: size=2048, type=21686148-6449-6E6F-744E-656564454649\n3: type=0FC63DAF-8483-4772-8E79-3D69D8477DE4\n' |
                /usr/sbin/sfdisk --wipe always /dev/vda
            /usr/sbin/mkfs.ext4 -q -F -L {Label} /dev/vda3

            """);
        ProgramRun.OutputOf("/usr/bin/tar", "--gzip", "--create", "--file", lab.Images + "/prepare.tgz", "--directory", lab.Images, "prepare");
        return $$"""preinstall: {archive: "{{lab.Images}}/prepare.tgz", compression: gzip, script: prepare}""";
    }

    /// <summary>How often the machine went through its firmware.</summary>
    private static int Firmware(NodeDescription node) => File.ReadAllText(node.SerialLog).Split("SeaBIOS (version").Length - 1;

    private static HashSet<string> Deploy(Lab lab, string environment, params IReadOnlyList<string> options)
    {
        using var end = JsonDocument.Parse(Succeed(lab, ["deploy", "-e", environment, "-m", "node-1", "-k", lab.PublicKey, "--json", .. options]));
        var state = end.RootElement.GetProperty("nodeStates")[0];
        Assert.Equal("deployed", state.GetProperty("verdict").GetString());
        return [.. state.GetProperty("steps").EnumerateArray().Where(s => s.GetProperty("outcome").GetString() == "done").Select(s => s.GetProperty("microStep").GetString()!)];
    }

    /// <summary>The boot id with which the node came back.</summary>
    private static string Operate(Lab lab, params IReadOnlyList<string> arguments)
    {
        using var end = JsonDocument.Parse(Succeed(lab, [.. arguments, "--json"]));
        return end.RootElement.GetProperty("nodeStates")[0].GetProperty("bootId").GetString()!;
    }

    private static string Power(Lab lab, NodeDescription node, string action, string? level)
    {
        using var end = JsonDocument.Parse(Succeed(lab, ["power", action, "-m", node.Name, "--json", .. level is null ? Array.Empty<string>() : ["-l", level, "-y"]]));
        return end.RootElement.GetProperty("nodeStates")[0].GetProperty("power").GetString()!;
    }

    private static string Succeed(Lab lab, IReadOnlyList<string> arguments)
    {
        var run = lab.Kadeploy(TimeSpan.FromMinutes(8), arguments);
        Assert.True(run.ExitCode == 0, $"kadeploy {string.Join(' ', arguments)} ended with {run.ExitCode}: {run.Output}{run.Error}\n{lab.Evidence}");
        return run.Output;
    }
}
