using Kadeploy.Agent.Target;

namespace Kadeploy.Agent.Tests.Target;

public sealed class TextTests
{
    [Fact]
    public void Fstab_ImageWithOldDisks_KeepsOnlyWhatIsNotADisk()
    {
        const string Image = """
            # UNCONFIGURED FSTAB FOR BASE SYSTEM
            UUID=old / ext4 defaults 0 1
            /dev/sda2 none swap sw 0 0
            LABEL=data /data xfs defaults 0 2
            proc /proc proc defaults 0 0
            nfs:/home	/home nfs4 rw 0 0
            """;

        Assert.Equal(
            """
            # Written by Kadeploy when this system was installed.
            UUID=aaaa / ext4 errors=remount-ro 0 1
            UUID=bbbb none swap sw 0 0
            UUID=CC-DD /boot/efi vfat umask=0077,nofail 0 1
            proc /proc proc defaults 0 0
            nfs:/home	/home nfs4 rw 0 0

            """, Fstab.Text(Image, "aaaa", "ext4", ["bbbb"], "CC-DD"));
    }

    [Theory]
    [InlineData("127.0.0.1 localhost\n127.0.1.1 old\n::1 ip6-localhost\n", "example.org", "127.0.0.1 localhost\n127.0.1.1\tnode-1.example.org node-1\n::1 ip6-localhost\n")]
    [InlineData("", "", "127.0.0.1\tlocalhost\n127.0.1.1\tnode-1\n")]
    public void Hosts_AnyImage_NamesThisNodeOnce(string present, string domain, string expected) =>
        Assert.Equal(expected, Hosts.Text(present, "node-1", domain));

    [Fact]
    public void Below_NestedMounts_AreInnermostFirst()
    {
        const string Mounts = "proc /proc proc rw 0 0\n/dev/vda3 /mnt/target ext4 rw 0 0\nproc /mnt/target/proc proc rw 0 0\n"
            + "x /mnt/target/a\\040b tmpfs rw 0 0\ny /mnt/target2 tmpfs rw 0 0\n";

        Assert.Equal(["/mnt/target/a b", "/mnt/target/proc", "/mnt/target"], MountPoints.Below(Mounts, "/mnt/target"));
    }
}
