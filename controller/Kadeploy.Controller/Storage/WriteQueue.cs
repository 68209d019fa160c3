using System.Collections.Concurrent;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Kadeploy.Controller.Storage;

/// <summary>
/// All writes of the database, by one thread over one connection, in order of arrival. Those that wait share a transaction: a disk syncs some
/// hundred times a second, and thousands of nodes boot at once. SQLite's own queue for the write lock is no queue: it sleeps and tries again.
/// </summary>
internal sealed class WriteQueue : IDisposable
{
    // Bounds what one failing disk takes down with it, and how long the first of a batch waits for the last.
    private const int MostAtOnce = 512;

    // Unbounded: every job has somebody who waits for it.
    private readonly BlockingCollection<Job> _jobs = [];
    private readonly SqliteConnection _connection;
    private readonly Thread _thread;

    /// <param name="connection">Its own from now on.</param>
    public WriteQueue(SqliteConnection connection)
    {
        _connection = connection;
        _thread = new Thread(Run) { Name = "database writer", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Done when the work is committed; faulted, nothing of it was kept.</summary>
    public Task<T> RunAsync<T>(Func<SqliteConnection, T> work)
    {
        var job = new Job<T>(work);
        try
        {
            _jobs.Add(job);
        }
        catch (InvalidOperationException)
        {
            return Task.FromException<T>(new ObjectDisposedException(nameof(Database), "the database is closed: kadeployd stops"));
        }
        return job.Done;
    }

    /// <summary>What was asked for before is written, then it ends.</summary>
    public void Dispose()
    {
        _jobs.CompleteAdding();
        _thread.Join();
        _jobs.Dispose();
        _connection.Dispose();
    }

    private void Run()
    {
        var batch = new List<Job>();
        foreach (var first in _jobs.GetConsumingEnumerable())
        {
            batch.Add(first);
            while (batch.Count < MostAtOnce && _jobs.TryTake(out var next))
                batch.Add(next);
            Commit(batch);
            batch.Clear();
        }
    }

    private void Commit(List<Job> batch)
    {
        try
        {
            // The write lock first, so that read-then-write cannot race with another program that has the file open.
            _connection.Execute("BEGIN IMMEDIATE");
            foreach (var job in batch)
                One(job);
            _connection.Execute("COMMIT");
        }
#pragma warning disable CA1031 // It is each caller's.
        catch (Exception e)
#pragma warning restore CA1031
        {
            if (SQLitePCL.raw.sqlite3_get_autocommit(_connection.Handle) == 0)
                _connection.Execute("ROLLBACK");
            foreach (var job in batch)
                job.Fail(e);
        }
        foreach (var job in batch)
            job.Tell();
    }

    private void One(Job job)
    {
        _connection.Execute("SAVEPOINT job");
        if (!job.Run(_connection))
            _connection.Execute("ROLLBACK TO job");
        _connection.Execute("RELEASE job");
    }

    private abstract class Job
    {
        /// <summary>False when it threw.</summary>
        public abstract bool Run(SqliteConnection connection);

        public abstract void Fail(Exception e);

        /// <summary>Wakes who waits, after the commit.</summary>
        public abstract void Tell();
    }

    private sealed class Job<T>(Func<SqliteConnection, T> work) : Job
    {
        private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T? _result;
        private Exception? _error;

        public Task<T> Done => _done.Task;

        public override bool Run(SqliteConnection connection)
        {
            try
            {
                _result = work(connection);
            }
#pragma warning disable CA1031 // It is the caller's, and must not cost the others their work.
            catch (Exception e)
#pragma warning restore CA1031
            {
                _error = e;
            }
            return _error is null;
        }

        public override void Fail(Exception e) => _error ??= e;

        public override void Tell()
        {
            if (_error is null)
                _done.SetResult(_result!);
            else
                _done.SetException(_error);
        }
    }
}
