"""The schema, as named steps from an empty database to now.

A step that was released is never edited: a change of the schema is a new step at the end. `user_version` is the number
of steps applied, so that an older program can tell that it meets a newer database.
"""

from collections.abc import Callable, Sequence

from kodokeep.state.database import Database

Migration = Callable[[Database], None]


def first_tables(database: Database) -> None:
    """Tables that are keyed by key are WITHOUT ROWID: one tree, in the byte order of the UTF-8 key (BINARY)."""
    database.execute("""
        CREATE TABLE synced (
            key           TEXT PRIMARY KEY,
            path          TEXT,              -- NULL: spelled like the key, which saves a third of a row
            remote_hash   TEXT NOT NULL,
            content_hash  TEXT NOT NULL,
            size_bytes    INTEGER NOT NULL,
            put_time_ns   INTEGER,
            disk_bytes    INTEGER NOT NULL,  -- these three are the stamp
            mtime_ns      INTEGER NOT NULL,
            ctime_ns      INTEGER NOT NULL,
            mime          TEXT NOT NULL,
            storage_type  INTEGER NOT NULL,
            status        INTEGER NOT NULL,
            metadata      TEXT NOT NULL,     -- JSON pairs, empty if there are none
            expires_s     INTEGER,
            run           TEXT NOT NULL,
            racy          INTEGER NOT NULL,
            kept          INTEGER NOT NULL
        ) WITHOUT ROWID""")
    database.execute("""
        CREATE TABLE versions (
            key           TEXT NOT NULL,
            run_to        TEXT NOT NULL,
            location      TEXT NOT NULL,
            path          TEXT NOT NULL,
            size_bytes    INTEGER NOT NULL,
            mtime_ns      INTEGER NOT NULL,
            content_hash  TEXT NOT NULL,
            remote_hash   TEXT NOT NULL,
            put_time_ns   INTEGER,
            mime          TEXT NOT NULL,
            storage_type  INTEGER NOT NULL,
            metadata      TEXT NOT NULL,
            run_from      TEXT NOT NULL,
            reason        TEXT NOT NULL,
            PRIMARY KEY (key, run_to, location)
        ) WITHOUT ROWID""")
    database.execute("CREATE INDEX versions_by_location ON versions (location)")
    database.execute("""
        CREATE TABLE runs (
            run       TEXT PRIMARY KEY,
            mode      TEXT NOT NULL,
            settings  TEXT NOT NULL,             -- JSON object
            state     TEXT NOT NULL,
            steps     INTEGER NOT NULL DEFAULT 0,
            summary   TEXT                       -- JSON object, once finished
        ) WITHOUT ROWID""")
    database.execute("CREATE TABLE failures (key TEXT PRIMARY KEY) WITHOUT ROWID")
    database.execute("CREATE TABLE mounts (path BLOB PRIMARY KEY) WITHOUT ROWID")
    database.execute("CREATE TABLE intents (position INTEGER PRIMARY KEY, steps BLOB NOT NULL)")


def learnt_contents(database: Database) -> None:
    """What objects hold whose listed hash cannot be compared; the other columns tell which content of the key."""
    database.execute("""
        CREATE TABLE learnt (
            key           TEXT PRIMARY KEY,
            remote_hash   TEXT NOT NULL,
            size_bytes    INTEGER NOT NULL,
            put_time_ns   INTEGER NOT NULL,
            content_hash  TEXT NOT NULL
        ) WITHOUT ROWID""")


def held_actions(database: Database) -> None:
    """What guards held in the last run, so that a person can release it (rule 23)."""
    database.execute("""
        CREATE TABLE held (
            key           TEXT PRIMARY KEY,
            run           TEXT NOT NULL,
            kind          TEXT NOT NULL,
            reason        TEXT NOT NULL,
            size_bytes    INTEGER NOT NULL,
            approved      INTEGER NOT NULL,
            fingerprint   TEXT NOT NULL
        ) WITHOUT ROWID""")
    database.execute("CREATE INDEX held_approved ON held (key) WHERE approved")


def parked_objects(database: Database) -> None:
    """Objects that wait under reserved keys while cycles of renames are gone through (rule 20)."""
    database.execute("""
        CREATE TABLE parked (
            parking_key   TEXT PRIMARY KEY,
            home_key      TEXT NOT NULL,
            target_key    TEXT NOT NULL,
            hash          TEXT NOT NULL,
            size_bytes    INTEGER NOT NULL
        ) WITHOUT ROWID""")


def inodes(database: Database) -> None:
    """The file's number on its disk, the fourth part of a stamp; 0 if it is not known or tells nothing."""
    database.execute("ALTER TABLE synced ADD COLUMN inode INTEGER NOT NULL DEFAULT 0")


def totals_at_the_end(database: Database) -> None:
    """How much was kept when the last run ended: one row, or none before the first end."""
    database.execute("""
        CREATE TABLE totals (
            objects           INTEGER NOT NULL,
            object_bytes      INTEGER NOT NULL,
            history_contents  INTEGER NOT NULL,
            history_bytes     INTEGER NOT NULL
        )""")


def ledger(database: Database) -> None:
    """Thaws that were asked for, what is disabled since when, and what was fetched in each month.

    Of a thaw the columns up to `put_time_ns` tell which content of the key it is about.
    """
    database.execute("""
        CREATE TABLE thaws (
            key           TEXT PRIMARY KEY,
            remote_hash   TEXT NOT NULL,
            size_bytes    INTEGER NOT NULL,
            put_time_ns   INTEGER NOT NULL,
            asked_s       INTEGER NOT NULL,
            ready_s       INTEGER NOT NULL,
            until_s       INTEGER NOT NULL
        ) WITHOUT ROWID""")
    database.execute("CREATE TABLE disabled (key TEXT PRIMARY KEY, since_s INTEGER NOT NULL) WITHOUT ROWID")
    database.execute("""
        CREATE TABLE traffic (
            month              TEXT PRIMARY KEY,
            received_bytes     INTEGER NOT NULL,
            thawed_bytes       INTEGER NOT NULL,
            deep_thawed_bytes  INTEGER NOT NULL
        ) WITHOUT ROWID""")


MIGRATIONS: tuple[Migration, ...] = (
    first_tables,
    learnt_contents,
    held_actions,
    parked_objects,
    inodes,
    totals_at_the_end,
    ledger,
)


def applied_migrations(database: Database, schema: str = "main") -> int:
    """How many steps the database has behind it; 0 for an empty one. `schema` is SQL's name for an attached one."""
    (version,) = database.row(f"PRAGMA {schema}.user_version")
    return int(version)


def migrate(database: Database, migrations: Sequence[Migration]) -> None:
    """Apply those of `migrations` that are missing, each in a transaction that also records it."""
    for number, migration in enumerate(migrations, start=1):
        if number <= applied_migrations(database):
            continue
        with database.transaction():
            migration(database)
            database.execute("CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL)")
            database.execute("INSERT INTO migrations VALUES (?, ?)", (number, migration.__name__))
            database.execute(f"PRAGMA user_version = {number}")
