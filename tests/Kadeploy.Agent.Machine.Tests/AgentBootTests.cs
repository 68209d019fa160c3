using Kadeploy.Agent.Tests;
using Kadeploy.Agent.Tests.Link;
using Kadeploy.Protocol.V1;
using Xunit.Abstractions;

namespace Kadeploy.Agent.Machine.Tests;

/// <summary>The real agent as PID 1 of the real initramfs on an emulated machine, with a controller played by the test.</summary>
public sealed class AgentBootTests(BootFiles boot, ITestOutputHelper output) : IClassFixture<BootFiles>, IDisposable
{
    private const string Node = "node-1";
    private const string InstalledMark = "INSTALLED SYSTEM IS UP";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("bios")]
    [InlineData("uefi")]
    public async Task A_machine_is_installed_and_boots_from_its_disk(string firmware)
    {
        var uefi = firmware == "uefi";
        var disk = MakeDisk();
        await using (var controller = await FakeController.StartAsync())
        {
            using var machine = TestMachine.StartDeployment(boot, _folder, disk, uefi, controller.Pin, CommandLine(controller));
            var session = await controller.WelcomeNextAsync(patience: TestMachine.Patience);
            output.WriteLine($"{firmware}: power-on to Hello {machine.Running.Elapsed.TotalSeconds:0.0} s");
            Assert.Equal(firmware, session.Hello.Inventory.Firmware);
            Assert.Equal((TestMachine.Mac, "token-1"), (session.Hello.Mac, session.Hello.Token));
            var found = Assert.Single(session.Hello.Inventory.Disks);
            Assert.Equal((TestMachine.DiskSerial, "virtio", 1UL << 30), (found.Serial, found.Transport, found.SizeBytes));

            var facts = await InstallAsync(session, controller);
            var booted = await DoneAsync(session, new RunStep { StepId = "reboot", Reboot = new() });
            await session.AcknowledgeAsync("reboot");
            await machine.EndsAsync();

            Assert.Equal(session.Hello.BootId, booted["boot-id"]);
            Assert.Contains("root=UUID=" + facts["root-uuid"], facts["kernel-parameters"]);
            output.WriteLine($"{firmware}: installed after {machine.Running.Elapsed.TotalSeconds:0.0} s");
        }

        using var installed = TestMachine.StartDisk(_folder, disk, uefi);
        await installed.SaysAsync(InstalledMark, "test.parameter=1");
        output.WriteLine($"{firmware}: the disk boots in {installed.Running.Elapsed.TotalSeconds:0.0} s");
    }

    [Fact]
    public async Task A_machine_starts_the_installed_kernel_by_kexec()
    {
        await using var controller = await FakeController.StartAsync();
        using var machine = TestMachine.StartDeployment(boot, _folder, MakeDisk(), uefi: false, controller.Pin, CommandLine(controller));
        var session = await controller.WelcomeNextAsync(patience: TestMachine.Patience);
        await InstallAsync(session, controller);

        await DoneAsync(session, new RunStep
        {
            StepId = "kexec",
            Kexec = new() { Kernel = "/boot/vmlinuz", Initrd = "/boot/initrd.img", KernelParameters = "console=ttyS0,115200 test.parameter=1", RootPartition = 3 },
        });
        await session.AcknowledgeAsync("kexec");

        await machine.SaysAsync(InstalledMark, "test.parameter=1");
        output.WriteLine($"kexec: installed and up after {machine.Running.Elapsed.TotalSeconds:0.0} s");
    }

    [Fact]
    public async Task An_agent_that_is_killed_comes_back_with_its_secret()
    {
        await using var controller = await FakeController.StartAsync();
        using var machine = TestMachine.StartDeployment(boot, _folder, MakeDisk(), uefi: false, controller.Pin, CommandLine(controller));
        var session = await controller.WelcomeNextAsync(patience: TestMachine.Patience);

        await session.RunAsync(new RunStep { StepId = "kill", DeadlineSeconds = 60, Script = new() { Name = "kill", Script = "kill -9 $PPID" } });

        var second = await controller.WelcomeNextAsync(patience: TestMachine.Patience);
        Assert.Equal(("secret-1", session.Hello.BootId), (second.Hello.SessionSecret, second.Hello.BootId));
        await machine.SaysAsync("init: the agent ended (signal 9)");
    }

    [Fact]
    public async Task A_machine_that_finds_another_controller_says_so_and_tells_it_nothing()
    {
        await using var controller = await FakeController.StartAsync();
        await using var own = await FakeController.StartAsync();
        using var machine = TestMachine.StartDeployment(boot, _folder, MakeDisk(), uefi: false, own.Pin, CommandLine(controller));

        await machine.SaysAsync("WRONG KEY");
        Assert.False(controller.HasBeenDialed);
    }

    private async Task<IReadOnlyDictionary<string, string>> InstallAsync(FakeSession session, FakeController controller)
    {
        var facts = new Dictionary<string, string>();
        var image = MakeImage();
        using var server = new ImageServer(image, Node);
        RunStep[] steps =
        [
            new()
            {
                StepId = "partition",
                Partition = new()
                {
                    Table = "gpt",
                    Partitions =
                    {
                        new Partition { Number = 1, Role = PartitionRole.BiosBoot, SizeBytes = 1 << 20, Label = "bios" },
                        new Partition { Number = 1, Role = PartitionRole.Esp, SizeBytes = 64 << 20, Label = "esp" },
                        new Partition { Number = 2, Role = PartitionRole.Swap, SizeBytes = 64 << 20, Label = "swap" },
                        new Partition { Number = 3, Role = PartitionRole.Root, Label = "root" },
                    },
                },
            },
            new() { StepId = "format", Format = new() { Partition = 3, Kind = "ext4" } },
            new() { StepId = "swap", Format = new() { Partition = 2, Kind = "swap" } },
            new() { StepId = "mount", Mount = new() { Partition = 3, Kind = "ext4" } },
            new() { StepId = "receive", Receive = new() { Plan = server.Wire(controller.Sign), Sink = new() { Tar = new(), Compression = "zstd" } } },
            new() { StepId = "check", CheckFiles = new() { Paths = { "/boot/vmlinuz", "/boot/initrd.img" } } },
            new() { StepId = "configure", Configure = new() { Hostname = Node, WriteFstab = true, HostKeys = true, AuthorizedKeys = { "ssh-ed25519 AAAA user" } } },
            new()
            {
                StepId = "loader",
                BootLoader = new() { RootPartition = 3, Kernel = "/boot/vmlinuz", Initrd = "/boot/initrd.img", KernelParameters = "console=ttyS0,115200 test.parameter=1" },
            },
            new() { StepId = "fstab", Script = new() { Name = "fstab", Script = "grep -q ' / ext4' $KADEPLOY_TARGET/etc/fstab && grep -q swap $KADEPLOY_TARGET/etc/fstab" } },
            new() { StepId = "unmount", Unmount = new() },
            new() { StepId = "sync", Sync = new() },
        ];
        foreach (var step in steps)
            foreach (var (name, value) in await DoneAsync(session, step))
                facts[name] = value;
        Assert.Equal(server.Manifest.Sha256, facts["image-sha256"]);
        Assert.Equal($"{server.Manifest.Length}", facts["bytes-verified"]);
        Assert.Equal(TestMachine.DiskSerial, facts["disk-serial"]);
        return facts;
    }

    private async Task<IReadOnlyDictionary<string, string>> DoneAsync(FakeSession session, RunStep step)
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        step.DeadlineSeconds = 240;
        await session.RunAsync(step);
        var result = await session.ResultAsync(step.StepId, TimeSpan.FromSeconds(250));
        Assert.True(result.Done is not null, $"{step.StepId}: {result.Failed}");
        await session.AcknowledgeAsync(step.StepId);
        output.WriteLine($"    {step.StepId} {watch.Elapsed.TotalSeconds:0.00} s");
        return result.Done.Facts;
    }

    private string MakeDisk()
    {
        using (var file = new FileStream(_folder["disk.img"], FileMode.CreateNew))
            file.SetLength(1 << 30);
        return _folder["disk.img"];
    }

    /// <summary>The smallest system that says it is up: the deployment's own kernel and an initrd of busybox.</summary>
    private string MakeImage()
    {
        var initrd = new CpioArchive();
        foreach (var folder in new[] { "bin", "dev", "proc" })
            initrd.AddFolder(folder);
        initrd.AddProgram("bin/busybox", File.ReadAllBytes("/bin/busybox"));
        initrd.AddProgram("init", System.Text.Encoding.ASCII.GetBytes(
            $"#!/bin/busybox sh\n/bin/busybox mount -t proc proc /proc\n/bin/busybox echo {InstalledMark} $(/bin/busybox cat /proc/cmdline)\n/bin/busybox sleep 2\n/bin/busybox poweroff -f\n"));
        _folder.Write("image/etc/hosts", "127.0.0.1 localhost\n");
        _folder.Write("image/etc/machine-id", "");
        Directory.CreateDirectory(_folder["image/boot"]);
        File.Copy(boot.Kernel, _folder["image/boot/vmlinuz"]);
        File.WriteAllBytes(_folder["image/boot/initrd.img"], initrd.ToArray());
        TestProgram.Run("tar", "", "--create", "--zstd", "--file", _folder["image.tar.zst"], "--directory", _folder["image"], ".");
        return _folder["image.tar.zst"];
    }

    private static string CommandLine(FakeController controller) =>
        $"console=ttyS0,115200 panic=5 kadeploy.controller=10.0.2.2:{controller.Address.Port} kadeploy.token=token-1 kadeploy.mac={TestMachine.Mac}";
}
