using Dapper;
using Microsoft.Data.Sqlite;

namespace Kadeploy.Controller.Storage;

/// <summary>The SQLite file: opened in WAL mode with every commit synced, so that what was answered survives a power cut.</summary>
internal sealed class Database : IDisposable
{
    private readonly string _connectionString;
    private readonly string _reading;
    private readonly WriteQueue _writes;

    /// <exception cref="InvalidDataException">The file was written by a newer kadeployd, or is none of ours.</exception>
    public Database(string file)
    {
        SystemSqlite.Bind();
        CreatePrivately(file);
        _connectionString = new SqliteConnectionStringBuilder { DataSource = file, ForeignKeys = true, DefaultTimeout = 30 }.ToString();
        // Without what only writers need: it is set again at every opening, and thousands of nodes are read in a row.
        _reading = new SqliteConnectionStringBuilder { DataSource = file, DefaultTimeout = 30 }.ToString();
        using (var connection = Open())
        {
            connection.Execute("PRAGMA journal_mode=WAL");
            Schema.Apply(connection, file);
        }
        _writes = new WriteQueue(Open());
    }

    /// <summary>What was asked to be written is, and the log is merged into the file: a copy of it is whole.</summary>
    public void Dispose()
    {
        _writes.Dispose();
        using (var connection = Open())
            connection.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
        foreach (var connectionString in new[] { _connectionString, _reading })
        {
            using var pool = new SqliteConnection(connectionString);
            SqliteConnection.ClearPool(pool);
        }
    }

    /// <summary>An open connection for writing; the provider pools them.</summary>
    private SqliteConnection Open()
    {
        var connection = new SqliteConnection(_connectionString);
        connection.Open();
        // Per connection, and NORMAL would lose the last commits in WAL mode.
        connection.Execute("PRAGMA synchronous=FULL");
        return connection;
    }

    /// <summary>
    /// Runs <paramref name="work"/> so that all of it is kept or nothing, and nobody writes in between; returns when it would survive a power cut.
    /// It must not call the database again, only its connection. Where thousands may call at once, <see cref="WriteAsync{T}"/> holds no thread.
    /// </summary>
    public T Write<T>(Func<SqliteConnection, T> work) => _writes.RunAsync(work).GetAwaiter().GetResult();

    public void Write(Action<SqliteConnection> work) => WriteAsync(work).GetAwaiter().GetResult();

    /// <summary>As <see cref="Write{T}"/>, without holding the caller's thread.</summary>
    public Task<T> WriteAsync<T>(Func<SqliteConnection, T> work) => _writes.RunAsync(work);

    public Task WriteAsync(Action<SqliteConnection> work) => _writes.RunAsync(connection =>
    {
        work(connection);
        return true;
    });

    public T Read<T>(Func<SqliteConnection, T> work)
    {
        using var connection = new SqliteConnection(_reading);
        connection.Open();
        return work(connection);
    }

    // BMC passwords lie in the file: nobody else may read it, from its first byte on. SQLite gives -wal and -shm the same mode.
    private static void CreatePrivately(string file)
    {
        if (File.Exists(file))
            return;
        using var created = new FileStream(file, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
    }
}
