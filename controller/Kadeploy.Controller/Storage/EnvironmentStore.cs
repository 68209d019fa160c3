using System.Text.Json;
using Dapper;
using Kadeploy.Controller.Environments;

namespace Kadeploy.Controller.Storage;

/// <summary>The registered environments with their manifests.</summary>
internal sealed class EnvironmentStore(Database database)
{
    /// <summary>False when this owner, name and version is taken.</summary>
    public bool Add(RegisteredEnvironment environment, byte[] manifest) => database.Write(connection => connection.Execute(
        """
        INSERT INTO environments(id, owner, name, version, document, manifest, created_at)
        VALUES (@Id, @Owner, @Name, @Version, @document, @manifest, @at) ON CONFLICT DO NOTHING
        """,
        new
        {
            environment.Deployable.Id,
            environment.Deployable.Owner,
            environment.Deployable.Name,
            environment.Deployable.Version,
            document = Write(environment),
            manifest,
            at = Instant.Write(environment.CreatedAt),
        }) > 0);

    public void Replace(RegisteredEnvironment environment) => database.Write(connection => connection.Execute(
        "UPDATE environments SET document = @document WHERE id = @Id", new { environment.Deployable.Id, document = Write(environment) }));

    /// <summary>All of this name, or all: by owner and name, the greatest version first.</summary>
    public IReadOnlyList<RegisteredEnvironment> All(string? name = null, string? owner = null) => database.Read(connection => connection.Query<string>(
        """
        SELECT document FROM environments WHERE (@name IS NULL OR name = @name) AND (@owner IS NULL OR owner = @owner)
        ORDER BY owner, name, version DESC
        """,
        new { name, owner }).Select(Read).ToList());

    public RegisteredEnvironment? Find(string owner, string name, int version) => database.Read(connection =>
        connection.QueryFirstOrDefault<string>(
            "SELECT document FROM environments WHERE owner = @owner AND name = @name AND version = @version", new { owner, name, version })
        is { } document ? Read(document) : null);

    /// <summary>Whether it is there and its image has to be fetched as a whole.</summary>
    public bool IsWhole(string id) => database.Read(connection =>
        connection.QueryFirstOrDefault<string>("SELECT document FROM environments WHERE id = @id", new { id }) is { } document && Read(document).Whole);

    public byte[]? Manifest(string id) => database.Read(connection =>
        connection.QueryFirstOrDefault<byte[]>("SELECT manifest FROM environments WHERE id = @id", new { id }));

    public bool Delete(string id) => database.Write(connection => connection.Execute("DELETE FROM environments WHERE id = @id", new { id }) > 0);

    private static string Write(RegisteredEnvironment environment) => JsonSerializer.Serialize(environment, StorageJson.Default.RegisteredEnvironment);

    private static RegisteredEnvironment Read(string document) => JsonSerializer.Deserialize(document, StorageJson.Default.RegisteredEnvironment)!;
}
