namespace Kadeploy.Controller.Storage;

/// <summary>Files that nobody but the controller's user may read, at any moment of their life.</summary>
internal static class PrivateFile
{
    /// <summary>Replaces the file in one step, mode 0600.</summary>
    public static void Write(string file, string text)
    {
        var next = $"{file}.{Guid.NewGuid():N}";
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        using (var writer = new StreamWriter(new FileStream(next, options)))
            writer.Write(text);
        File.Move(next, file, overwrite: true);
    }

    /// <summary>Makes a folder with mode 0700, or takes others' rights from the one that is there.</summary>
    public static void Directory(string path)
    {
        System.IO.Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
