using System.Text.RegularExpressions;

namespace Kadeploy.Testbed;

/// <summary>Refuses what cannot work before anything is started.</summary>
internal static partial class ClusterValidation
{
    private static readonly string[] Needed =
    [
        "/usr/sbin/ip", "/usr/sbin/dnsmasq", "/usr/bin/ipmi_sim", "/usr/bin/ipmitool", "/usr/bin/qemu-system-x86_64",
        "/usr/lib/ipxe/snponly.efi", "/usr/share/OVMF/OVMF_CODE_4M.fd", "/sbin/start-stop-daemon",
    ];

    public static void Check(ClusterOptions options)
    {
        if (!Name().IsMatch(options.Name))
            throw new TestbedException($"'{options.Name}' is no cluster name: letters, digits and '-' only, 32 at most");
        if (options.Nodes is < 1 or > ClusterOptions.MaximumNodes)
            throw new TestbedException($"{options.Nodes} nodes: 1 to {ClusterOptions.MaximumNodes} fit the address plan");
        foreach (var name in options.UefiNodes)
        {
            if (!Enumerable.Range(1, options.Nodes).Any(number => name == $"node-{number}"))
                throw new TestbedException($"--uefi names '{name}', but the nodes are node-1 to node-{options.Nodes}");
        }

        if (options.MemoryMiB < 256)
            throw new TestbedException($"{options.MemoryMiB} MiB: a node needs 256 MiB at least");
        // ipmi_sim hands the chassis program to a shell, and QEMU splits its options at commas.
        if (options.Directory.AsSpan().IndexOfAny(" ,'\"") >= 0)
            throw new TestbedException($"the directory '{options.Directory}' may not contain spaces, commas or quotes");
        if (options.KvmProbeKernel is { } kernel && !File.Exists(kernel))
            throw new TestbedException($"there is no kernel {kernel} to probe KVM with");
        if (Needed.FirstOrDefault(path => !File.Exists(path)) is { } missing)
            throw new TestbedException($"{missing} is missing: install the packages that build/lib.sh lists under 'cluster'");
        if (Environment.UserName != "root")
            throw new TestbedException("a virtual cluster needs root, for its network namespace");
    }

    [GeneratedRegex("^[a-zA-Z0-9][a-zA-Z0-9-]{0,31}$")]
    private static partial Regex Name();
}
