using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Kadeploy.Machine.Tests.Initramfs;

/// <summary>Reads the table of an initramfs (kernel, Documentation/driver-api/early-userspace/buffer-format.rst: "newc"), independently of the cpio program.</summary>
internal static class CpioListing
{
    private const int HeaderSize = 110;

    public static async Task<IReadOnlyDictionary<string, CpioEntry>> ReadAsync(string initramfs)
    {
        var archive = await UnpackAsync(initramfs);
        var entries = new Dictionary<string, CpioEntry>();
        var position = 0;
        while (true)
        {
            var header = Encoding.ASCII.GetString(archive, position, HeaderSize);
            Assert.StartsWith("070701", header, StringComparison.Ordinal);
            int Field(int index) => int.Parse(header.AsSpan(6 + index * 8, 8), NumberStyles.HexNumber, CultureInfo.InvariantCulture);

            var nameLength = Field(11);
            var name = Encoding.UTF8.GetString(archive, position + HeaderSize, nameLength - 1);
            if (name == "TRAILER!!!")
                return entries;
            entries.Add(name, new CpioEntry(Field(1), Field(2), Field(3), Field(5), Field(6)));
            position = Align(Align(position + HeaderSize + nameLength) + Field(6));
        }
    }

    private static int Align(int position) => (position + 3) & ~3;

    private static async Task<byte[]> UnpackAsync(string path)
    {
        using var zstd = Process.Start(new ProcessStartInfo("zstd", ["-dc", path]) { RedirectStandardOutput = true })!;
        using var result = new MemoryStream();
        await zstd.StandardOutput.BaseStream.CopyToAsync(result);
        await zstd.WaitForExitAsync();
        Assert.Equal(0, zstd.ExitCode);
        return result.ToArray();
    }
}
