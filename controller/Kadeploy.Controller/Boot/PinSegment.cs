using System.Globalization;
using System.Text;

namespace Kadeploy.Controller.Boot;

/// <summary>
/// A small archive that puts the controller's pin into any initramfs: the kernel unpacks one archive after another (Documentation/driver-api/early-userspace/
/// buffer-format.rst; "newc" as in cpio(5)). So the initramfs itself stays the same for every site, and can be compared with one built elsewhere.
/// </summary>
internal static class PinSegment
{
    /// <summary>Where the agent looks.</summary>
    public const string File = "etc/kadeploy/controller.pin";

    private const int Folder = 0x4000 | 0x1ed;
    private const int Readable = 0x8000 | 0x124;

    /// <param name="pin">The controller's pin.</param>
    /// <param name="after">Bytes that come before it: uncompressed archives begin at a multiple of four, zeros fill the gap.</param>
    public static byte[] Make(string pin, long after)
    {
        var bytes = new MemoryStream();
        bytes.Write(new byte[Gap(after)]);
        var origin = bytes.Length;
        Add("etc", Folder, "");
        Add("etc/kadeploy", Folder, "");
        Add(File, Readable, pin + "\n");
        Add("TRAILER!!!", 0, "");
        return bytes.ToArray();

        void Add(string name, int mode, string content)
        {
            // ino, mode, uid, gid, nlink, mtime, filesize, devmajor, devminor, rdevmajor, rdevminor, namesize, check
            int[] fields = [0, mode, 0, 0, 1, 0, content.Length, 0, 0, 0, 0, name.Length + 1, 0];
            Write($"070701{string.Concat(fields.Select(f => f.ToString("X8", CultureInfo.InvariantCulture)))}{name}\0");
            Write(content);
        }

        void Write(string text)
        {
            bytes.Write(Encoding.ASCII.GetBytes(text));
            bytes.Write(new byte[Gap(bytes.Length - origin)]);
        }
    }

    private static int Gap(long length) => (int)((4 - (length % 4)) % 4);
}
