using Kadeploy.Testbed;
using Kadeploy.Testbed.Machines;

namespace Kadeploy.Machine.Tests.Testbed;

[Trait("category", "machine")]
public sealed class QemuArgumentsTests
{
    private static readonly NodeDescription Node = new(
        "node-1", "52:54:00:80:00:01", "10.80.0.11", "6b616465-706c-6f79-8000-000000000001", "TESTBED-001", Firmware.Bios,
        new BmcDescription("10.80.0.101", "kadeploy", "/d/password"), "/d/node-1.log", "/d/node-1.raw", "node-1-disk");

    [Fact]
    public void Build_Bios_StartsFromTheCardsRom()
    {
        var arguments = Build(Node, variables: null);

        Assert.Contains("virtio-net-pci,id=nic0,netdev=net0,mac=52:54:00:80:00:01,bootindex=1", arguments);
        Assert.DoesNotContain(arguments, argument => argument.Contains("pflash", StringComparison.Ordinal));
    }

    [Fact]
    public void Build_Uefi_HasItsOwnVariablesAndNoRom()
    {
        var arguments = Build(Node with { Firmware = Firmware.Uefi }, "/d/node-1.vars");

        Assert.Contains("if=pflash,unit=1,format=raw,file=/d/node-1.vars", arguments);
        Assert.Contains(arguments, argument => argument.StartsWith("virtio-net-pci", StringComparison.Ordinal) && argument.EndsWith(",romfile=", StringComparison.Ordinal));
    }

    [Fact]
    public void Build_DiskFirst_TurnsTheOrderRound()
    {
        var arguments = QemuArguments.Build(Definition(Node, null), "/d/pid", diskFirst: true);

        Assert.Contains("virtio-blk-pci,id=disk0,drive=drive0,serial=node-1-disk,bootindex=1", arguments);
        Assert.Contains("virtio-net-pci,id=nic0,netdev=net0,mac=52:54:00:80:00:01,bootindex=2", arguments);
    }

    [Fact]
    public void Build_WithoutProvenKvm_Emulates()
    {
        var arguments = Build(Node, null);

        Assert.Contains("tcg,thread=multi,tb-size=64", arguments);
        Assert.DoesNotContain("kvm", arguments);
    }

    private static IReadOnlyList<string> Build(NodeDescription node, string? variables) =>
        QemuArguments.Build(Definition(node, variables), "/d/pid", diskFirst: false);

    private static MachineDefinition Definition(NodeDescription node, string? variables) =>
        new(node, 512, Kvm: false, "t-node-1", 7001, "/d/qmp", variables);
}
