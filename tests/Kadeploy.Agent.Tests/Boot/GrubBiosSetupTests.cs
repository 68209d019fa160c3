using Kadeploy.Agent.Boot;

namespace Kadeploy.Agent.Tests.Boot;

/// <summary>Against GRUB's own grub-bios-setup (Debian's grub-pc-bin), on the same disk.</summary>
public sealed class GrubBiosSetupTests
{
    private const string Images = "/usr/lib/grub/i386-pc";
    private const ulong BiosBootStart = 2048;

    [Fact]
    public void Install_GptDisk_WritesWhatGrubBiosSetupWrites()
    {
        using var folder = new TemporaryFolder();
        MakeDisk(folder["theirs"]);
        File.Copy(folder["theirs"], folder["ours"]);
        // The tool wants to know which disk its images are on: a file system of their own on a loop device answers that anywhere.
        using var images = LoopDevice.Make(folder["images"], 8 << 20);
        Run("mkfs.ext2", "-q", images.Path);
        using var mount = TemporaryMount.Make(images.Path, folder["grub"], "ext2");
        Run("grub-mkimage", "-O", "i386-pc", "-p", "/boot/grub", "-o", folder["grub/core.img"], "biosdisk", "part_gpt", "ext2", "normal");
        File.Copy($"{Images}/boot.img", folder["grub/boot.img"]);
        folder.Write("device.map", $"(hd0) {folder["theirs"]}\n(hd1) {images.Path}\n");

        Run($"{Images}/grub-bios-setup", "--no-rs-codes", "--skip-fs-probe", $"--directory={folder["grub"]}", $"--device-map={folder["device.map"]}", "(hd0)");
        var failure = GrubBios.Install(
            folder["ours"], File.ReadAllBytes(folder["grub/boot.img"]), File.ReadAllBytes(folder["grub/core.img"]), BiosBootStart, room: 2048);

        Assert.Null(failure);
        var (ours, theirs) = (File.ReadAllBytes(folder["ours"]), File.ReadAllBytes(folder["theirs"]));
        Assert.NotEqual(0, theirs[0]);
        for (var sector = 0; sector < ours.Length / 512; sector++)
            Assert.True(
                ours.AsSpan(sector * 512, 512).SequenceEqual(theirs.AsSpan(sector * 512, 512)),
                $"sector {sector}\nours:   {Convert.ToHexString(ours, sector * 512, 512)}\ntheirs: {Convert.ToHexString(theirs, sector * 512, 512)}");
    }

    private static void MakeDisk(string path)
    {
        using (var file = new FileStream(path, FileMode.CreateNew))
            file.SetLength(16 << 20);
        TestProgram.Run("sfdisk", $"label: gpt\n{path}1 : start={BiosBootStart}, size=2048, type=21686148-6449-6E6F-744E-656564454649\n{path}2 : start=4096, size=20480\n", path);
    }

    private static void Run(string program, params string[] arguments) => TestProgram.Run(program, "", arguments);
}
