using Dapper;
using Kadeploy.Api.Audit;
using Microsoft.Data.Sqlite;

namespace Kadeploy.Controller.Storage;

/// <summary>The audit log. Triggers of the database refuse whoever would alter or delete a line.</summary>
internal sealed class AuditStore(Database database)
{
    private const int LongestText = 4000;

    /// <summary>User of what the controller does by itself.</summary>
    public const string Controller = "kadeployd";

    public void Add(AuditEntry entry) => database.Write(connection => Add(connection, entry));

    /// <summary>Without holding the caller's thread.</summary>
    public Task AddAsync(AuditEntry entry) => database.WriteAsync(connection => Add(connection, entry));

    /// <summary>Inside the transaction of what it tells.</summary>
    public static void Add(SqliteConnection connection, AuditEntry entry) => connection.Execute(
        """
        INSERT INTO audit(at, user, by, address, action, subject, result, detail)
        VALUES (@at, @User, @By, @Address, @Action, @subject, @Result, @detail)
        """,
        new { at = Instant.Write(entry.At), entry.User, entry.By, entry.Address, entry.Action, subject = Bounded(entry.Subject), entry.Result, detail = Bounded(entry.Detail) });

    /// <summary>Newest first, those before <paramref name="before"/>.</summary>
    public IReadOnlyList<AuditEntry> List(string? user, string? action, string? subject, DateTimeOffset? since, long before, int most) => database.Read(connection =>
        connection.Query<Row>(
            """
            SELECT seq, at, user, by, address, action, subject, result, detail FROM audit
            WHERE seq < @before AND (@user IS NULL OR user = @user) AND (@since IS NULL OR at >= @since)
              AND (@action IS NULL OR action = @action OR action LIKE @prefix ESCAPE '\') AND (@subject IS NULL OR instr(subject, @subject) > 0)
            ORDER BY seq DESC LIMIT @most
            """,
            new
            {
                before,
                user,
                action,
                prefix = action is null ? null : Escaped(action) + ".%",
                subject,
                since = since is { } s ? Instant.Write(s) : null,
                most,
            }).Select(row => row.ToEntry()).ToList());

    private static string Escaped(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal);

    private static string? Bounded(string? text) => text is { Length: > LongestText } ? text[..LongestText] + "…" : text;

#pragma warning disable CA1812 // Dapper makes them.
    private sealed class Row
#pragma warning restore CA1812
    {
        public long Seq { get; set; }
        public string At { get; set; } = "";
        public string User { get; set; } = "";
        public string? By { get; set; }
        public string? Address { get; set; }
        public string Action { get; set; } = "";
        public string Subject { get; set; } = "";
        public string Result { get; set; } = "";
        public string? Detail { get; set; }

        public AuditEntry ToEntry() => new(Seq, Instant.Read(At), User, Action, Subject, Result, By, Address, Detail);
    }
}
