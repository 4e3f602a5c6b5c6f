"""The state that all worker processes and the command line share: one SQLite file.

    STATE_DIR/
      index.sqlite      tokens, files, private names (this module's schema), in WAL mode
      files/ab/abcd…    the published bytes, named by their SHA-256 (`safelight_index.blobs`)
      incoming/         uploads on their way: anything here may be deleted while no server runs
      audit.jsonl       one line per download, upload and change (`safelight_index.audit`)

Every row that readers keep in memory carries the `revision` of the transaction that wrote it last, and no
such row is ever deleted. A reader is therefore in step after `SELECT ... WHERE revision > seen`, and `PRAGMA
data_version` (a look at shared memory, microseconds) tells it on every request whether there is anything to
select.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from safelight_index.errors import CatalogueUnavailableError
from safelight_index.names import PRIVATE_FROM_THE_START

FILENAME = "index.sqlite"
_BUSY_SECONDS = 10.0
_SCHEMA_VERSION = 2
_SCHEMA = """
CREATE TABLE revision (value INTEGER NOT NULL);
INSERT INTO revision VALUES (0);
CREATE TABLE tokens (
    id TEXT PRIMARY KEY, digest BLOB NOT NULL, name TEXT NOT NULL, scope TEXT NOT NULL,
    created_at REAL NOT NULL, expires_at REAL, revoked_at REAL, revision INTEGER NOT NULL,
    packages TEXT NOT NULL DEFAULT ''
);
CREATE TABLE token_uses (token_id TEXT PRIMARY KEY REFERENCES tokens (id), last_used_at REAL NOT NULL);
CREATE TABLE private_names (
    pattern TEXT PRIMARY KEY, claimed_at REAL NOT NULL, claimed_by TEXT NOT NULL, revision INTEGER NOT NULL
);
CREATE TABLE files (
    filename TEXT PRIMARY KEY, project TEXT NOT NULL, version TEXT NOT NULL, sha256 TEXT NOT NULL,
    size INTEGER NOT NULL, uploaded_at REAL NOT NULL, uploaded_by TEXT NOT NULL, requires_python TEXT,
    metadata_sha256 TEXT, yanked TEXT, listed INTEGER NOT NULL, revision INTEGER NOT NULL
);
CREATE INDEX files_by_revision ON files (revision);
"""


class Database:
    """Opens connections to the state's SQLite file, and makes it at the first use.

    Args:
        state_dir: the state directory; made when missing, readable by its owner alone
    """

    def __init__(self, state_dir: Path) -> None:
        self.path = state_dir / FILENAME
        with _translated():
            state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            with closing(self.connect()) as connection:
                _migrate(connection)

    def connect(self) -> sqlite3.Connection:
        """Open a connection for one thread; the caller closes it."""
        connection = sqlite3.connect(
            self.path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA synchronous = FULL")
        return connection

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give a connection for a few queries.

        Raises:
            CatalogueUnavailableError: the file cannot be read
        """
        with _translated(), closing(self.connect()) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[tuple[sqlite3.Connection, int]]:
        """Give a connection inside a transaction, and the revision to write into each changed row.

        Raises:
            CatalogueUnavailableError: the file cannot be written; nothing was changed
        """
        with _translated(), closing(self.connect()) as connection, _transaction(connection, "IMMEDIATE"):
            connection.execute("UPDATE revision SET value = value + 1")
            yield connection, int(connection.execute("SELECT value FROM revision").fetchone()[0])


class ChangeFeed:
    """Tells cheaply whether anybody has committed since the last look.

    Its connection belongs to one thread: the event loop's.
    """

    def __init__(self, database: Database) -> None:
        self._connection = database.connect()
        self._data_version = -1
        self.revision = -1

    @contextmanager
    def changes(self) -> Iterator[sqlite3.Connection | None]:
        """Give a connection that sees one consistent state when there is something new, else None.

        Rows with a revision above `self.revision` are new; it moves on when the block ends without an error.

        Raises:
            CatalogueUnavailableError: the file cannot be read
        """
        with _translated():
            data_version = self._connection.execute("PRAGMA data_version").fetchone()[0]
            if data_version == self._data_version:
                yield None
                return
            with _transaction(self._connection, "DEFERRED"):
                revision = int(self._connection.execute("SELECT value FROM revision").fetchone()[0])
                yield self._connection if revision > self.revision else None
            self._data_version, self.revision = data_version, revision

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise CatalogueUnavailableError(f"the catalogue cannot be used now ({error})") from error


@contextmanager
def _transaction(connection: sqlite3.Connection, kind: str) -> Iterator[None]:
    connection.execute(f"BEGIN {kind}")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _migrate(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    with _transaction(connection, "IMMEDIATE"):
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > _SCHEMA_VERSION:
            raise CatalogueUnavailableError(
                f"the state was written by a newer version (schema {version}): upgrade safelight-index"
            )
        if version == 0:
            # Not executescript: it would commit the transaction that keeps two first starts apart.
            for statement in filter(str.strip, _SCHEMA.split(";\n")):
                connection.execute(statement)
            connection.executemany(
                "INSERT INTO private_names VALUES (?, ?, 'built in', 0)",
                [(pattern, time.time()) for pattern in PRIVATE_FROM_THE_START],
            )
        if version == 1:
            connection.execute("ALTER TABLE tokens ADD COLUMN packages TEXT NOT NULL DEFAULT ''")
        if version < _SCHEMA_VERSION:
            connection.execute(f"PRAGMA user_version = {_SCHEMA_VERSION}")
