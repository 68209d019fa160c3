using Dapper;
using Microsoft.Data.Sqlite;

namespace Kadeploy.Controller.Storage;

/// <summary>The SQLite file: opened in WAL mode with every commit synced, so that what was answered survives a power cut.</summary>
internal sealed class Database
{
    private readonly string _connectionString;

    /// <exception cref="InvalidDataException">The file was written by a newer kadeployd, or is none of ours.</exception>
    public Database(string file)
    {
        SystemSqlite.Bind();
        CreatePrivately(file);
        _connectionString = new SqliteConnectionStringBuilder { DataSource = file, ForeignKeys = true, DefaultTimeout = 30 }.ToString();
        using var connection = Open();
        connection.Execute("PRAGMA journal_mode=WAL");
        Schema.Apply(connection, file);
    }

    /// <summary>An open connection; the provider pools them.</summary>
    public SqliteConnection Open()
    {
        var connection = new SqliteConnection(_connectionString);
        connection.Open();
        // Per connection, and NORMAL would lose the last commits in WAL mode.
        connection.Execute("PRAGMA synchronous=FULL");
        return connection;
    }

    /// <summary>Runs <paramref name="work"/> in one transaction that takes the write lock first, so that read-then-write cannot race.</summary>
    public T Write<T>(Func<SqliteConnection, T> work)
    {
        using var connection = Open();
        using var transaction = connection.BeginTransaction(deferred: false);
        var result = work(connection);
        transaction.Commit();
        return result;
    }

    public void Write(Action<SqliteConnection> work) => Write(connection =>
    {
        work(connection);
        return true;
    });

    public T Read<T>(Func<SqliteConnection, T> work)
    {
        using var connection = Open();
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
