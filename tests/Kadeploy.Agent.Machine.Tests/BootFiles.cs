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

    /// <summary>The initramfs as a controller with this pin serves it, in <paramref name="file"/>.</summary>
    public string Initramfs(string pin, string file)
    {
        using var written = File.Create(file);
        using (var plain = File.OpenRead(Path.Combine(Folder, "initramfs")))
            plain.CopyTo(written);
        while (written.Length % 4 != 0)
            written.WriteByte(0);
        var segment = new CpioArchive();
        segment.AddFolder("etc/kadeploy");
        segment.AddProgram("etc/kadeploy/controller.pin", System.Text.Encoding.ASCII.GetBytes(pin + "\n"));
        written.Write(segment.ToArray());
        return file;
    }
}
