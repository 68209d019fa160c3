using Dapper;
using Kadeploy.Controller.Uploads;

namespace Kadeploy.Controller.Storage;

/// <summary>Uploads that are under way. How far each is, its file says.</summary>
internal sealed class UploadStore(Database database, TimeProvider time)
{
    private const string Select = "SELECT id, user, name, bytes, sha256 FROM image_uploads";

    public void Add(Upload upload) => database.Write(connection => connection.Execute(
        "INSERT INTO image_uploads(id, user, name, bytes, sha256, at) VALUES (@Id, @User, @Name, @Bytes, @Sha256, @at)",
        new { upload.Id, upload.User, upload.Name, upload.Bytes, upload.Sha256, at = Instant.Write(time.GetUtcNow()) }));

    public Upload? Find(string id) => database.Read(connection => connection.QueryFirstOrDefault<Row>($"{Select} WHERE id = @id", new { id })?.ToUpload());

    public Upload? Find(string user, long bytes, string sha256) => database.Read(connection => connection.QueryFirstOrDefault<Row>(
        $"{Select} WHERE user = @user AND bytes = @bytes AND sha256 = @sha256", new { user, bytes, sha256 })?.ToUpload());

    public void Delete(string id) => database.Write(connection => connection.Execute("DELETE FROM image_uploads WHERE id = @id", new { id }));

    /// <summary>Those that were begun before.</summary>
    public IReadOnlyList<Upload> Before(DateTimeOffset moment) => database.Read(connection =>
        connection.Query<Row>($"{Select} WHERE at < @at", new { at = Instant.Write(moment) }).Select(row => row.ToUpload()).ToList());

#pragma warning disable CA1812 // Dapper makes them.
    private sealed class Row
#pragma warning restore CA1812
    {
        public string Id { get; set; } = "";
        public string User { get; set; } = "";
        public string Name { get; set; } = "";
        public long Bytes { get; set; }
        public string Sha256 { get; set; } = "";

        public Upload ToUpload() => new(Id, User, Name, Bytes, Sha256);
    }
}
