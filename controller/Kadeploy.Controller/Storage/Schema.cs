using Dapper;
using Microsoft.Data.Sqlite;

namespace Kadeploy.Controller.Storage;

/// <summary>The tables, as a list of steps from one version to the next; <c>PRAGMA user_version</c> counts the steps taken.</summary>
internal static class Schema
{
    // "KDPL" in PRAGMA application_id: file(1) and we recognise the file.
    private const int ApplicationId = 0x4b44504c;

    private static readonly string[] Steps =
    [
        """
        CREATE TABLE nodes(
            name TEXT PRIMARY KEY, address TEXT NOT NULL, cluster TEXT NOT NULL,
            bmc TEXT, bmc_password TEXT, disk TEXT NOT NULL, state TEXT NOT NULL, deployment TEXT, created_at TEXT NOT NULL) STRICT;
        CREATE TABLE node_macs(
            mac TEXT PRIMARY KEY, node TEXT NOT NULL REFERENCES nodes(name) ON DELETE CASCADE, position INTEGER NOT NULL) STRICT;
        CREATE TABLE machines(
            mac TEXT PRIMARY KEY, inventory TEXT, address TEXT, firmware TEXT, first_seen TEXT NOT NULL, seen_at TEXT NOT NULL) STRICT;
        CREATE TABLE environments(
            id TEXT PRIMARY KEY, owner TEXT NOT NULL, name TEXT NOT NULL, version INTEGER NOT NULL, document TEXT NOT NULL,
            manifest BLOB NOT NULL, created_at TEXT NOT NULL, UNIQUE(owner, name, version)) STRICT;
        CREATE TABLE armings(
            node TEXT PRIMARY KEY REFERENCES nodes(name) ON DELETE CASCADE, deployment TEXT NOT NULL, arming TEXT NOT NULL, armed_at TEXT NOT NULL) STRICT;
        CREATE TABLE tokens(
            hash TEXT PRIMARY KEY, node TEXT NOT NULL REFERENCES nodes(name) ON DELETE CASCADE, mac TEXT NOT NULL, deployment TEXT NOT NULL,
            arming TEXT NOT NULL, served_at TEXT NOT NULL, expires_at TEXT NOT NULL, used_at TEXT) STRICT;
        CREATE TABLE agent_secrets(
            hash TEXT PRIMARY KEY, node TEXT NOT NULL REFERENCES nodes(name) ON DELETE CASCADE, mac TEXT NOT NULL, deployment TEXT NOT NULL, arming TEXT NOT NULL,
            boot_id TEXT NOT NULL, given_at TEXT NOT NULL) STRICT;
        CREATE TABLE report_tokens(
            hash TEXT PRIMARY KEY, node TEXT NOT NULL REFERENCES nodes(name) ON DELETE CASCADE, deployment TEXT NOT NULL, made_at TEXT NOT NULL,
            boot_id TEXT, reported_at TEXT) STRICT;
        CREATE TABLE host_keys(
            node TEXT NOT NULL REFERENCES nodes(name) ON DELETE CASCADE, kind TEXT NOT NULL, key TEXT NOT NULL, deployment TEXT NOT NULL,
            PRIMARY KEY(node, kind)) STRICT;
        CREATE TABLE deployments(
            position INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, ended INTEGER NOT NULL DEFAULT 0) STRICT;
        CREATE INDEX deployments_unfinished ON deployments(position) WHERE ended = 0;
        CREATE TABLE journal(
            deployment TEXT NOT NULL REFERENCES deployments(id), sequence INTEGER NOT NULL, at TEXT NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL,
            ends INTEGER NOT NULL, PRIMARY KEY(deployment, sequence)) STRICT, WITHOUT ROWID;
        CREATE TABLE transfers(
            execution TEXT PRIMARY KEY, deployment TEXT NOT NULL, plan BLOB NOT NULL) STRICT;
        """,
        // A node belongs to one operation at most: the key refuses a second, in the transaction that would accept it.
        """
        CREATE TABLE leases(
            node TEXT PRIMARY KEY, deployment TEXT NOT NULL REFERENCES deployments(id), since TEXT NOT NULL, renewed_at TEXT NOT NULL) STRICT, WITHOUT ROWID;
        CREATE INDEX leases_of ON leases(deployment);
        """,
        """
        CREATE TABLE node_tokens(
            node TEXT PRIMARY KEY REFERENCES nodes(name) ON DELETE CASCADE, hash TEXT NOT NULL UNIQUE, made_at TEXT NOT NULL) STRICT;
        CREATE TABLE broadcast_files(
            id TEXT PRIMARY KEY, path TEXT NOT NULL, compression TEXT NOT NULL, manifest BLOB NOT NULL, made_at TEXT NOT NULL) STRICT;
        ALTER TABLE nodes ADD COLUMN attributes TEXT;
        """,
        """
        CREATE TABLE profiles(
            node TEXT PRIMARY KEY REFERENCES nodes(name) ON DELETE CASCADE, operation TEXT NOT NULL, script TEXT NOT NULL) STRICT;
        CREATE TABLE hooks(
            operation TEXT PRIMARY KEY REFERENCES deployments(id), ended_at TEXT NOT NULL) STRICT, WITHOUT ROWID;
        """,
        """
        ALTER TABLE tokens ADD COLUMN boot_id TEXT;
        """,
        """
        CREATE TABLE api_tokens(
            id TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, user TEXT NOT NULL, note TEXT NOT NULL, created_at TEXT NOT NULL, expires_at TEXT,
            used_at TEXT, revoked_at TEXT) STRICT;
        CREATE TABLE rights(
            id TEXT PRIMARY KEY, user TEXT NOT NULL, nodes TEXT NOT NULL, partition INTEGER, starts_at TEXT, ends_at TEXT,
            granted_by TEXT NOT NULL, granted_at TEXT NOT NULL) STRICT;
        CREATE TABLE audit(
            seq INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, user TEXT NOT NULL, by TEXT, address TEXT, action TEXT NOT NULL,
            subject TEXT NOT NULL, result TEXT NOT NULL, detail TEXT) STRICT;
        CREATE INDEX audit_by_user ON audit(user, seq);
        CREATE TRIGGER audit_unaltered BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
        CREATE TRIGGER audit_undeleted BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
        """,
        """
        CREATE TABLE idempotency(
            user TEXT NOT NULL, key TEXT NOT NULL, digest TEXT NOT NULL, at TEXT NOT NULL, status INTEGER, media_type TEXT, body BLOB,
            PRIMARY KEY(user, key)) STRICT;
        CREATE TABLE image_uploads(
            id TEXT PRIMARY KEY, user TEXT NOT NULL, name TEXT NOT NULL, bytes INTEGER NOT NULL, sha256 TEXT NOT NULL, at TEXT NOT NULL,
            UNIQUE(user, bytes, sha256)) STRICT;
        CREATE TABLE webhook_outbox(
            position INTEGER PRIMARY KEY AUTOINCREMENT, deployment TEXT NOT NULL, url TEXT NOT NULL, tries INTEGER NOT NULL, due_at TEXT NOT NULL) STRICT;
        """,
        """
        ALTER TABLE deployments ADD COLUMN summary TEXT;
        """,
        """
        ALTER TABLE report_tokens ADD COLUMN outdated_at TEXT;
        CREATE INDEX report_tokens_of_node ON report_tokens(node);
        """,
        // Else every look at a node, and every one that is forgotten, reads the rows of all.
        """
        CREATE INDEX node_macs_of_node ON node_macs(node, position);
        CREATE INDEX tokens_of_node ON tokens(node);
        CREATE INDEX agent_secrets_of_node ON agent_secrets(node);
        """,
        // They belong to the operation, not to its journal: a journal that is made shorter one day takes no history with it.
        """
        CREATE TABLE operation_statistics(
            position INTEGER PRIMARY KEY REFERENCES deployments(position) ON DELETE CASCADE, kind TEXT NOT NULL, user TEXT NOT NULL, environment TEXT NOT NULL,
            started_at TEXT NOT NULL, steps BLOB NOT NULL) STRICT;
        CREATE TABLE node_statistics(
            position INTEGER NOT NULL REFERENCES operation_statistics(position) ON DELETE CASCADE, rank INTEGER NOT NULL, node TEXT NOT NULL, verdict TEXT NOT NULL,
            seconds REAL NOT NULL, retries INTEGER NOT NULL, macro_seconds TEXT NOT NULL, stage TEXT, reason TEXT, PRIMARY KEY(position, rank)) STRICT, WITHOUT ROWID;
        """,
        "ALTER TABLE idempotency ADD COLUMN operation TEXT",
    ];

    public static void Apply(SqliteConnection connection, string file)
    {
        using var transaction = connection.BeginTransaction(deferred: false);
        var application = connection.ExecuteScalar<long>("PRAGMA application_id");
        var version = connection.ExecuteScalar<long>("PRAGMA user_version");
        if (application != 0 && application != ApplicationId)
            throw new InvalidDataException($"{file} is no database of kadeployd");
        if (version > Steps.Length)
            throw new InvalidDataException($"{file} has schema version {version}; this kadeployd knows up to {Steps.Length}");
        foreach (var step in Steps.Skip((int)version))
            connection.Execute(step);
        connection.Execute($"PRAGMA application_id={ApplicationId}; PRAGMA user_version={Steps.Length}");
        transaction.Commit();
    }
}
