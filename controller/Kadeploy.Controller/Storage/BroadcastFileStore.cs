using Dapper;
using Kadeploy.Controller.Transfers;
using Kadeploy.Transfer;

namespace Kadeploy.Controller.Storage;

/// <summary>Files that were read or uploaded to be sent, with their manifests, until the broadcast of their id has ended.</summary>
internal sealed class BroadcastFileStore(Database database, TimeProvider time)
{
    public void Add(BroadcastFile file) => database.Write(connection => connection.Execute(
        "INSERT INTO broadcast_files(id, path, compression, manifest, made_at) VALUES (@Id, @Path, @Compression, @manifest, @at)",
        new { file.Id, file.Path, file.Compression, manifest = file.Manifest.ToBytes(), at = Instant.Write(time.GetUtcNow()) }));

    /// <summary>Null when there is none, or a damaged one.</summary>
    public BroadcastFile? Find(string id)
    {
        var row = database.Read(connection => connection.QueryFirstOrDefault<(string Path, string Compression, byte[] Manifest)?>(
            "SELECT path, compression, manifest FROM broadcast_files WHERE id = @id", new { id }));
        try
        {
            return row is { } it ? new BroadcastFile(id, it.Path, it.Compression, Manifest.FromBytes(it.Manifest)) : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>An upload becomes the file of a broadcast; false when another took it.</summary>
    public bool Rename(string id, string broadcast) => database.Write(connection =>
        connection.Execute("UPDATE broadcast_files SET id = @broadcast WHERE id = @id", new { id, broadcast }) > 0);

    public void Remove(string id) => database.Write(connection => connection.Execute("DELETE FROM broadcast_files WHERE id = @id", new { id }));

    /// <summary>Forgets uploads that nobody took for so long, and answers the paths of all that are left.</summary>
    public IReadOnlySet<string> PathsAfterForgetting(string prefix, TimeSpan age) => database.Write(connection =>
    {
        connection.Execute(
            "DELETE FROM broadcast_files WHERE substr(id, 1, length(@prefix)) = @prefix AND made_at < @before",
            new { prefix, before = Instant.Write(time.GetUtcNow() - age) });
        return connection.Query<string>("SELECT path FROM broadcast_files").ToHashSet(StringComparer.Ordinal);
    });
}
