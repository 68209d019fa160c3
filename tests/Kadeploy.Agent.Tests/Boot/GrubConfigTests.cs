using Kadeploy.Agent.Boot;
using Kadeploy.Agent.Disks;

namespace Kadeploy.Agent.Tests.Boot;

public sealed class GrubConfigTests
{
    [Fact]
    public void Text_SerialAndInitrd_IsThisText() =>
        Assert.Equal(
            """
            # Written by Kadeploy when this system was installed; the boot loader in the disk's boot area reads it.
            serial --unit=0 --speed=115200
            terminal_input serial console
            terminal_output serial console
            set timeout=0
            set default=0
            search --no-floppy --fs-uuid --set=root 1234-abcd
            menuentry 'installed system' {
                linux /boot/vmlinuz-6.1 root=UUID=1234-abcd console=ttyS0,115200 quiet
                initrd /boot/initrd.img-6.1
            }

            """,
            GrubConfig.Text("1234-abcd", "/boot/vmlinuz-6.1", "/boot/initrd.img-6.1", "root=UUID=1234-abcd console=ttyS0,115200 quiet", (0, 115200)));

    [Fact]
    public void Text_NeitherSerialNorInitrd_LeavesBothOut()
    {
        var text = GrubConfig.Text("u", "/vmlinuz", "", "root=UUID=u", null);

        Assert.DoesNotContain("serial", text);
        Assert.DoesNotContain("initrd", text);
    }

    [Fact]
    public void Text_CharactersThatGrubActsOn_AreQuoted() =>
        Assert.Contains("linux '/a;b' 'x=$root' 'it'\\''s' '{'", GrubConfig.Text("u", "/a;b", "", "x=$root it's {", null));

    [Theory]
    [InlineData("quiet", true, "root=UUID=fs quiet")]
    [InlineData("quiet", false, "root=PARTUUID=part quiet")]
    [InlineData("", true, "root=UUID=fs")]
    [InlineData(" root=/dev/sda1 quiet ", true, "root=/dev/sda1 quiet")]
    [InlineData("nfsroot=x", true, "root=UUID=fs nfsroot=x")]
    public void For_RootIsAddedUnlessItIsThere(string parameters, bool initrd, string expected) =>
        Assert.Equal(expected, KernelParameters.For(parameters, new Signature("ext4", "fs", "part", ""), initrd));
}
