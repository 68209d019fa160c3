using System.Text;

namespace Kadeploy.Agent.Target;

/// <summary>Reads and writes files of the installed system through <see cref="TargetPath"/>.</summary>
internal sealed class TargetFiles(TargetPath paths)
{
    public const UnixFileMode Readable =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    public const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const UnixFileMode Folder =
        Readable | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>"" when it does not exist.</summary>
    public string ReadText(string path) => paths.Resolve(path) is { } real && File.Exists(real) ? File.ReadAllText(real) : "";

    public void WriteText(string path, string text, UnixFileMode mode = Readable) => Write(path, Encoding.UTF8.GetBytes(text), mode);

    /// <summary>Makes the folders that are missing.</summary>
    /// <exception cref="IOException">A link in circles, or a file where a folder should be.</exception>
    public void Write(string path, ReadOnlySpan<byte> content, UnixFileMode mode = Readable)
    {
        var real = Real(path);
        // What does not exist below the resolved path holds no links: its folders may be made as they are.
        Directory.CreateDirectory(Path.GetDirectoryName(real)!, Folder);
        if (Directory.Exists(real))
            throw new IOException($"{path} is a folder in the image");
        using (var file = new FileStream(real, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = mode }))
            file.Write(content);
        // The mode of a file that was there already stays as it was, and that of a new one goes through the umask.
        File.SetUnixFileMode(real, mode);
    }

    /// <summary>A folder with its parents; an existing one keeps its mode unless one is given.</summary>
    public void MakeFolder(string path, UnixFileMode? mode = null)
    {
        var real = Real(path);
        Directory.CreateDirectory(real, Folder);
        if (mode is { } wanted)
            File.SetUnixFileMode(real, wanted);
    }

    /// <summary>Removes a file or a link, not what it points to.</summary>
    public void Remove(string path)
    {
        // File.Delete forgives a missing file, but not a missing folder.
        if (paths.Resolve(path, followLast: false) is { } real && Directory.Exists(Path.GetDirectoryName(real)))
            File.Delete(real);
    }

    private string Real(string path) => paths.Resolve(path) ?? throw new IOException($"{path}: its links go in circles in the image");
}
