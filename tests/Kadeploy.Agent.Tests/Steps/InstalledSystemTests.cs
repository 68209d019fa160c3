using Kadeploy.Agent.Disks;
using Kadeploy.Agent.Processes;
using Kadeploy.Agent.Steps;

namespace Kadeploy.Agent.Tests.Steps;

/// <summary>What is done to an image once it is on the disk.</summary>
public sealed class InstalledSystemTests : IAsyncLifetime, IDisposable
{
    private static readonly DiskSelector AnyDisk = new();
    private readonly FakeMachine _machine = new(128 << 20);

    public async Task InitializeAsync()
    {
        _machine.Show(DiskStepsTests.Layout);
        await new FormatStep(_machine.Workshop, AnyDisk, 2, "swap", "", []).DoneAsync();
        await new FormatStep(_machine.Workshop, AnyDisk, 3, "ext4", "", []).DoneAsync();
        await new MountStep(_machine.Workshop, AnyDisk, 3, "ext4").DoneAsync();
        Image("etc/hosts", "127.0.0.1 localhost\n");
        Image("etc/fstab", "# UNCONFIGURED\n");
        Image("etc/machine-id", "0123456789abcdef0123456789abcdef\n");
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => _machine.Dispose();

    [Fact]
    public async Task Configure_Everything_MakesTheImageThisNodes()
    {
        Image("var/lib/dbus/machine-id", "0123456789abcdef0123456789abcdef\n");
        Image("var/lib/systemd/random-seed", "seed");
        Image("root/.ssh/authorized_keys", "ssh-ed25519 AAAA image\n");

        await Configure(files: [new("/etc/kadeploy/report-url", UnixFileMode.UserRead, "http://x/"u8.ToArray())]).DoneAsync();

        Assert.Equal("node-1\n", Read("etc/hostname"));
        Assert.Contains("127.0.1.1\tnode-1.example.org node-1\n", Read("etc/hosts"));
        var root = await new Blkid(new ProcessRunner()).ProbeAsync(_machine.Folder["dev/vda3"], default);
        var swap = await new Blkid(new ProcessRunner()).ProbeAsync(_machine.Folder["dev/vda2"], default);
        Assert.Contains($"UUID={root!.Uuid} / ext4 ", Read("etc/fstab"));
        Assert.Contains($"UUID={swap!.Uuid} none swap ", Read("etc/fstab"));
        Assert.Equal("ssh-ed25519 AAAA image\nssh-ed25519 BBBB user\n", Read("root/.ssh/authorized_keys"));
        Assert.Equal("600", Mode("root/.ssh/authorized_keys"));
        Assert.Equal("700", Mode("root/.ssh"));
        Assert.Equal("http://x/", Read("etc/kadeploy/report-url"));
        Assert.Equal("400", Mode("etc/kadeploy/report-url"));
        Assert.Equal("", Read("etc/machine-id"));
        Assert.False(File.Exists($"{_machine.Target}/var/lib/dbus/machine-id"));
        Assert.False(File.Exists($"{_machine.Target}/var/lib/systemd/random-seed"));
    }

    [Fact]
    public async Task Configure_Twice_IsTheSameAsOnce()
    {
        await Configure().DoneAsync();
        var (hosts, fstab, keys) = (Read("etc/hosts"), Read("etc/fstab"), Read("root/.ssh/authorized_keys"));

        await Configure().DoneAsync();

        Assert.Equal((hosts, fstab, keys), (Read("etc/hosts"), Read("etc/fstab"), Read("root/.ssh/authorized_keys")));
    }

    [Fact]
    public async Task Configure_ImageWithoutSshServer_HasNoHostKeys()
    {
        var done = await Configure(hostKeys: true).DoneAsync();

        Assert.DoesNotContain(done.Facts.Keys, name => name.StartsWith("host-key-", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Configure_ImageWithSshServer_GetsNewHostKeysAndReportsThem()
    {
        await InstallBusyBoxAsync();
        Image("usr/sbin/sshd", "");
        // Plays ssh-keygen -q -t KIND -N '' -f FILE, where there is none yet.
        ImageProgram("usr/bin/ssh-keygen", """
            #!/bin/sh
            [ "$1 $2 $4" = "-q -t -N" ] && [ -z "$5" ] && [ "$6" = -f ] && [ -c /dev/null ] && [ -e /proc/self ] || exit 7
            [ -e "$7" ] && exit 8
            echo secret > "$7"
            echo "ssh-$3 AAAA$3 root@image" > "$7.pub"
            """);
        Image("etc/ssh/ssh_host_rsa_key", "everyone's");
        Image("etc/ssh/ssh_host_rsa_key.pub", "ssh-rsa everyone's");
        Image("etc/ssh/sshd_config", "UsePAM yes\n");

        var done = await Configure(hostKeys: true).DoneAsync();

        Assert.Equal("ssh-ed25519 AAAAed25519", done.Facts["host-key-ed25519"]);
        Assert.Equal("ssh-ecdsa AAAAecdsa", done.Facts["host-key-ecdsa"]);
        Assert.DoesNotContain("host-key-rsa", done.Facts.Keys);
        Assert.Equal("UsePAM yes\n", Read("etc/ssh/sshd_config"));
        // Nothing of the chroot stays mounted.
        await new UnmountStep(_machine.Workshop).DoneAsync();
    }

    [Fact]
    public async Task Configure_SshKeygenThatFails_IsTheImagesFault()
    {
        await InstallBusyBoxAsync();
        Image("usr/sbin/sshd", "");
        ImageProgram("usr/bin/ssh-keygen", "#!/bin/sh\necho no entropy >&2\nexit 1\n");

        var failed = await Configure(hostKeys: true).FailsAsync();

        Assert.Equal(("image", "host-keys-failed"), (failed.Party, failed.Reason));
        Assert.Contains("no entropy", failed.Detail);
    }

    [Fact]
    public async Task Configure_FolderWhereAFileBelongs_IsTheImagesFault()
    {
        Directory.CreateDirectory($"{_machine.Target}/etc/hostname");

        var failed = await Configure().FailsAsync();

        Assert.Equal(("image", "configure-failed"), (failed.Party, failed.Reason));
        Assert.Contains("/etc/hostname", failed.Detail);
    }

    [Fact]
    public async Task Script_Text_SeesTheTargetAndItsVariables()
    {
        var script = Script("echo $KADEPLOY_TARGET $KADEPLOY_CLUSTER $KADEPLOY_DEPLOY_PART_NUM > $KADEPLOY_TARGET/seen",
            environment: new Dictionary<string, string> { ["KADEPLOY_CLUSTER"] = "griffon" });

        await new ScriptStep(_machine.Workshop, script).DoneAsync();

        Assert.Equal($"{_machine.Target} griffon 3\n", Read("seen"));
        Assert.Empty(Directory.GetFileSystemEntries(_machine.Folder["run/tmp"]));
    }

    [Fact]
    public async Task Script_InsideTheInstalledSystem_HasItAsItsRoot()
    {
        await InstallBusyBoxAsync();

        await new ScriptStep(_machine.Workshop, Script("echo $KADEPLOY_TARGET > /seen; [ -c /dev/null ]") with { Chroot = true }).DoneAsync();

        Assert.Equal("/\n", Read("seen"));
        await new UnmountStep(_machine.Workshop).DoneAsync();
    }

    [Theory]
    [InlineData("none", "--create")]
    [InlineData("gzip", "--gzip")]
    [InlineData("xz", "--xz")]
    [InlineData("zstd", "--zstd")]
    public async Task Script_OfAnArchive_IsRunWithItsArguments(string compression, string option)
    {
        _machine.Folder.Write("post/bin/traitement.sh", "#!/bin/sh\ncp $(dirname $0)/../data $KADEPLOY_TARGET/\"$1\"\n");
        _machine.Folder.Write("post/data", "payload");
        TestProgram.Run("tar", "", "--create", option, "--file", _machine.Folder["post.tar"], "--directory", _machine.Folder["post"], ".");

        await new ScriptStep(_machine.Workshop, Script("bin/traitement.sh \"my file\"") with
        {
            Archive = File.ReadAllBytes(_machine.Folder["post.tar"]),
            Compression = compression,
        }).DoneAsync();

        Assert.Equal("payload", Read("my file"));
    }

    [Fact]
    public async Task Script_ArchiveWithoutIt_OrDamaged_Fails()
    {
        _machine.Folder.Write("post/data", "payload");
        TestProgram.Run("tar", "", "--create", "--gzip", "--file", _machine.Folder["post.tgz"], "--directory", _machine.Folder["post"], ".");
        var archive = File.ReadAllBytes(_machine.Folder["post.tgz"]);

        var missing = await new ScriptStep(_machine.Workshop, Script("run.sh") with { Archive = archive.AsMemory(), Compression = "gzip" }).FailsAsync();
        var damaged = await new ScriptStep(_machine.Workshop, Script("data") with { Archive = archive.AsMemory(0, 20), Compression = "gzip" }).FailsAsync();

        Assert.Equal(("user-script", "script-missing"), (missing.Party, missing.Reason));
        Assert.Equal("archive-damaged", damaged.Reason);
    }

    [Fact]
    public async Task BootLoader_WithoutKernelInTheImage_IsRefused()
    {
        var failed = await new BootLoaderStep(_machine.Workshop, "/boot/vmlinuz", "", "").FailsAsync();

        Assert.Equal(("image", "no-kernel"), (failed.Party, failed.Reason));
        Assert.False(File.Exists($"{_machine.Target}/boot/grub/kadeploy.cfg"));
    }

    [Fact]
    public async Task CheckFiles_LinkToAFileOfTheImage_IsFollowedInsideIt()
    {
        File.CreateSymbolicLink($"{_machine.Target}/vmlinuz", "/boot/vmlinuz-6.1");
        // The deployment environment has this one, the image has not.
        File.CreateSymbolicLink($"{_machine.Target}/initrd.img", "/proc/self/status");

        var failed = await new CheckFilesStep(_machine.Workshop, ["/vmlinuz"]).FailsAsync();
        Image("boot/vmlinuz-6.1", "kernel");
        await new CheckFilesStep(_machine.Workshop, ["/vmlinuz"]).DoneAsync();

        Assert.Equal(("image", "file-missing"), (failed.Party, failed.Reason));
        Assert.Equal("file-missing", (await new CheckFilesStep(_machine.Workshop, ["/initrd.img"]).FailsAsync()).Reason);
    }

    [Fact]
    public async Task Steps_BeforeAnythingIsMounted_SaySo()
    {
        await new UnmountStep(_machine.Workshop).DoneAsync();

        Assert.Equal("not-mounted", (await Configure().FailsAsync()).Reason);
        Assert.Equal("not-mounted", (await new CheckFilesStep(_machine.Workshop, ["/x"]).FailsAsync()).Reason);
        Assert.Equal("not-mounted", (await new BootLoaderStep(_machine.Workshop, "/x", "", "").FailsAsync()).Reason);
    }

    [Fact]
    public async Task Reboot_MountedTarget_IsUnmountedAndTheRestartComesAfterwards()
    {
        var restarts = 0;

        var done = await new RebootStep(_machine.Workshop with { Restart = () => restarts++ }).DoneAsync();

        Assert.Equal("11111111-2222-3333-4444-555555555555", done.Facts["boot-id"]);
        Assert.False(Directory.Exists($"{_machine.Target}/etc"));
        Assert.Equal(0, restarts);
        done.Afterwards!();
        Assert.Equal(1, restarts);
    }

    [Fact]
    public async Task AuthorizeKeys_DeploymentEnvironment_GetsThemOnce()
    {
        for (var i = 0; i < 2; i++)
            await new AuthorizeKeysStep(_machine.Workshop, ["ssh-ed25519 AAAA a", "ssh-ed25519 BBBB b"]).DoneAsync();

        Assert.Equal("ssh-ed25519 AAAA a\nssh-ed25519 BBBB b\n", File.ReadAllText(_machine.Folder["home/.ssh/authorized_keys"]));
    }

    private ConfigureStep Configure(IReadOnlyList<FileToWrite>? files = null, bool hostKeys = false) =>
        new(_machine.Workshop, "node-1", "example.org", ["ssh-ed25519 BBBB user"], files ?? [], writeFstab: true, hostKeys);

    private static ScriptRequest Script(string text, Dictionary<string, string>? environment = null) =>
        new("test", default, "", text, environment ?? [], Chroot: false, TimeSpan.FromSeconds(60));

    // The smallest image that can run a program: Debian's static busybox.
    private Task InstallBusyBoxAsync()
    {
        foreach (var program in new[] { "sh", "echo", "[" })
        {
            Image($"bin/{program}", "");
            File.Copy("/bin/busybox", $"{_machine.Target}/bin/{program}", overwrite: true);
        }
        return Task.CompletedTask;
    }

    private void Image(string path, string text) => _machine.Folder.Write($"target/{path}", text);

    private void ImageProgram(string path, string text)
    {
        Image(path, text);
        File.SetUnixFileMode($"{_machine.Target}/{path}", UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    private string Read(string path) => File.ReadAllText($"{_machine.Target}/{path}");

    private string Mode(string path) => TestProgram.Run("stat", "", "--format=%a", $"{_machine.Target}/{path}");
}
