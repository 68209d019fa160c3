using System.Globalization;

namespace Kadeploy.Controller.Storage;

/// <summary>
/// One kadeployd for each state directory: two would both drive the same nodes. The lock is the kernel's (flock(2), by which .NET keeps
/// <see cref="FileShare.None"/>): it dies with the process that holds it, however that ends, and is never stale.
/// </summary>
internal sealed class StateLock : IDisposable
{
    private readonly FileStream _file;

    private StateLock(FileStream file) => _file = file;

    /// <exception cref="StateLockedException">Another process has it.</exception>
    public static StateLock Take(string directory)
    {
        // The process id stands in a file of its own: the locked one cannot be read by others.
        var (file, pid) = (Path.Combine(directory, "kadeployd.lock"), Path.Combine(directory, "kadeployd.pid"));
        FileStream taken;
        try
        {
            taken = new FileStream(file, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
        }
        catch (IOException) when (File.Exists(file))
        {
            throw new StateLockedException(File.Exists(pid) ? File.ReadAllText(pid).Trim() : "unknown");
        }
        PrivateFile.Write(pid, Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n");
        return new StateLock(taken);
    }

    // The file stays: removed, a third process could lock a new one while a second still waits for the old.
    public void Dispose() => _file.Dispose();
}
