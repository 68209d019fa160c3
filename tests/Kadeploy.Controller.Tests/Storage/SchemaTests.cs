using Dapper;
using Kadeploy.Controller.Storage;
using Kadeploy.Controller.Tests.Support;

namespace Kadeploy.Controller.Tests.Storage;

public sealed class SchemaTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Database _database;

    public SchemaTests() => _database = new Database($"{_folder.Path}/test.db");

    public void Dispose()
    {
        _database.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void EveryTableThatBelongsToNodes_IsFoundByNodeThroughAnIndex()
    {
        var tables = _database.Read(connection => connection.Query<(string Table, string Column)>(
            """
            SELECT m.name, f."from" FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table' AND f."table" = 'nodes'
            """).ToList());
        Assert.NotEmpty(tables);
        foreach (var (table, column) in tables)
        {
            // A scan of each of them for each of ten thousand nodes is a hundred million rows.
            var plan = _database.Read(connection => connection.Query<(long, long, long, string Detail)>($"EXPLAIN QUERY PLAN SELECT * FROM {table} WHERE {column} = 'x'").Select(row => row.Detail).ToList());
            Assert.All(plan, step => Assert.StartsWith("SEARCH", step, StringComparison.Ordinal));
        }
    }
}
