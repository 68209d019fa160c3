using Kadeploy.Controller.Boot;

namespace Kadeploy.Controller.Tests.Boot;

/// <summary>Golden: what firmware is fed changes only when somebody means it.</summary>
public sealed class IpxeScriptsTests
{
    [Fact]
    public void First_Always_AsksAgainAndThenBootsTheDisk() => Assert.Equal(
        """
        #!ipxe
        set attempt:int32 0
        :ask
        chain --autofree http://192.0.2.1:25302/node.ipxe?mac=${net0/mac}&uuid=${uuid}&serial=${serial:uristring}&platform=${platform} && exit ||
        inc attempt
        iseq ${attempt} 5 && goto disk ||
        echo No answer from the controller, asking again
        sleep 3
        goto ask
        :disk
        iseq ${platform} pcbios && sanboot --no-describe --drive 0x80 ||
        exit 1

        """,
        IpxeScripts.First("192.0.2.1:25302"));

    [Fact]
    public void Deployment_WithToken_HandsItToTheKernel() => Assert.Equal(
        """
        #!ipxe
        set tries:int32 0
        :fetch
        imgfree
        kernel http://192.0.2.1:25302/vmlinuz initrd=initramfs kadeploy.controller=192.0.2.1:25301 kadeploy.token=abc kadeploy.mac=52:54:00:00:00:01 console=tty0 console=ttyS0,115200 panic=30 nomodeset || goto again
        initrd --name initramfs http://192.0.2.1:25302/initramfs || goto again
        boot || goto again
        :again
        inc tries
        iseq ${tries} 3 && exit 1 ||
        sleep 2
        goto fetch

        """,
        IpxeScripts.Deployment("192.0.2.1:25302", "192.0.2.1:25301", "52:54:00:00:00:01", "abc", "nomodeset"));

    [Fact]
    public void Deployment_WithoutToken_OnlyEnrols() => Assert.DoesNotContain(
        "token", IpxeScripts.Deployment("192.0.2.1:25302", "192.0.2.1:25301", "52:54:00:00:00:01", null, ""), StringComparison.Ordinal);

    [Fact]
    public void DiskByBios_Always_IsSanboot() =>
        Assert.Equal("#!ipxe\nsanboot --no-describe --drive 0x80 || exit 1\n", IpxeScripts.DiskByBios());

    [Fact]
    public void DiskByUefi_Always_ChainsOurLoader() =>
        Assert.Equal("#!ipxe\nchain http://192.0.2.1:25302/localboot.efi || exit 1\n", IpxeScripts.DiskByUefi("192.0.2.1:25302"));
}
