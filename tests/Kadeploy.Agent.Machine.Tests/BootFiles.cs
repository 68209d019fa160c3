using System.Reflection;
using Kadeploy.Agent.Tests;

namespace Kadeploy.Agent.Machine.Tests;

/// <summary>The deployment kernel and initramfs with the agent in it, built by build/initramfs (which uses again what it has built).</summary>
public sealed class BootFiles
{
    public BootFiles()
    {
        var root = typeof(BootFiles).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(each => each.Key == "RepositoryRoot").Value!;
        TestProgram.Run(Path.Combine(root, "build/initramfs"), "");
        Folder = Path.Combine(root, "out/boot/virtio");
    }

    public string Folder { get; }

    public string Kernel => Path.Combine(Folder, "vmlinuz");

    public string Initramfs => Path.Combine(Folder, "initramfs");
}
