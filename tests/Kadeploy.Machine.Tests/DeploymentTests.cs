using System.Text.Json;
using Kadeploy.Testbed;

namespace Kadeploy.Machine.Tests;

/// <summary>The whole product on virtual machines with real firmware, BMCs and DHCP.</summary>
[Trait("Lane", "machine")]
public sealed class DeploymentTests
{
    private const int Root = 3;

    [Fact]
    public void A_registered_BIOS_machine_and_a_UEFI_machine_that_enrols_by_itself_are_deployed_and_boot_from_their_own_disks()
    {
        using var lab = Lab.Up("kd-deploy", 2, ["node-2"]);
        lab.Add(lab.Cluster.Node("node-1"));
        EnrolByPxe(lab, lab.Cluster.Node("node-2"));

        var deployment = lab.Kadeploy(TimeSpan.FromMinutes(8), "deploy", "-e", "tiny", "-m", "node-[1-2]", "-k", lab.PublicKey, "--json");

        Assert.True(deployment.ExitCode == 0, $"exit code {deployment.ExitCode}\n{deployment.Output}\n{deployment.Error}\n{lab.Evidence}");
        foreach (var node in lab.Cluster.Nodes)
        {
            lab.AwaitUp(node);
            using var shown = JsonDocument.Parse(lab.MustSucceed("node", "show", node.Name, "--json"));
            Assert.Equal("deployed", shown.RootElement.GetProperty("state").GetString());
        }

        lab.MustSucceed("node", "power", "off", "-m", "node-[1-2]", "-y");
        foreach (var node in lab.Cluster.Nodes)
        {
            var disk = new WrittenDisk(node.Disk);
            Assert.Equal("gpt", disk.Label);
            Assert.Equal(node.Name, disk.Read(Root, "/etc/hostname").Trim());
            Assert.Contains(File.ReadAllText(lab.PublicKey).Trim(), disk.Read(Root, "/root/.ssh/authorized_keys"), StringComparison.Ordinal);
            Assert.Contains("root=UUID=", disk.Read(Root, "/boot/grub/kadeploy.cfg"), StringComparison.Ordinal);
            ImageComparison.AssertSame(disk, node.Name);
        }

        Assert.True(new WrittenDisk(lab.Cluster.Node("node-2").Disk).FatFileLength(1, "/EFI/BOOT/BOOTX64.EFI") > 100_000);
    }

    /// <summary>A machine that nobody registered boots, appears with what it is made of, gets nothing, and is accepted.</summary>
    private static void EnrolByPxe(Lab lab, NodeDescription node)
    {
        var waiting = node.Mac.Replace(':', '-');
        lab.PressPowerButton(node);
        var shown = lab.Await(TimeSpan.FromMinutes(4), $"{waiting} shows its disks in 'node show'", () =>
        {
            var run = lab.Kadeploy(TimeSpan.FromMinutes(2), "node", "show", waiting, "--json");
            return run.ExitCode == 0 && run.Output.Contains(node.DiskSerial, StringComparison.Ordinal) ? run.Output : null;
        });
        using var machine = JsonDocument.Parse(shown);
        Assert.Equal("unknown", machine.RootElement.GetProperty("state").GetString());
        Assert.Equal("uefi", machine.RootElement.GetProperty("inventory").GetProperty("firmware").GetString());
        var refused = lab.Kadeploy(TimeSpan.FromMinutes(2), "deploy", "-e", "tiny", "-m", waiting, "--json");
        Assert.Equal(1, refused.ExitCode);
        lab.Accept(waiting, node);
    }
}
