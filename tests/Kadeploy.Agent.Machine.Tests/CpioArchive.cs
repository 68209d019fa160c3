using System.Globalization;
using System.Text;

namespace Kadeploy.Agent.Machine.Tests;

/// <summary>Writes the "newc" format that the kernel unpacks as initramfs (Documentation/driver-api/early-userspace/buffer-format.rst).</summary>
internal sealed class CpioArchive
{
    private const int Folder = 0x4000 | 0x1ed;
    private const int Program = 0x8000 | 0x1ed;

    private readonly List<byte> _bytes = [];
    private int _entries;

    public void AddFolder(string name) => Add(name, Folder, []);

    public void AddProgram(string name, byte[] content) => Add(name, Program, content);

    public byte[] ToArray()
    {
        Add("TRAILER!!!", 0, []);
        return [.. _bytes];
    }

    private void Add(string name, int mode, byte[] content)
    {
        // magic, ino, mode, uid, gid, nlink, mtime, filesize, devmajor, devminor, rdevmajor, rdevminor, namesize, check
        int[] fields = [++_entries, mode, 0, 0, 1, 0, content.Length, 0, 0, 0, 0, name.Length + 1, 0];
        _bytes.AddRange(Encoding.ASCII.GetBytes($"070701{string.Concat(fields.Select(each => each.ToString("X8", CultureInfo.InvariantCulture)))}{name}\0"));
        Align();
        _bytes.AddRange(content);
        Align();
    }

    private void Align()
    {
        while (_bytes.Count % 4 != 0)
            _bytes.Add(0);
    }
}
