namespace Kadeploy.Testbed.Machines;

/// <summary>All that is needed to start a node's machine, kept in a file for the BMC, which starts it.</summary>
internal sealed record MachineDefinition(
    NodeDescription Node,
    int MemoryMiB,
    bool Kvm,
    string Tap,
    int SerialPort,
    string QmpSocket,
    string? FirmwareVariables);
