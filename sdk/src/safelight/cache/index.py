"""The index: a SQLite file that knows what the cache holds without walking the tree.

It is a convenience. Every fact in it is also in the tree (length, last access, mark), it may be deleted,
truncated or overwritten at any moment, and then it is thrown away and rebuilt. So it trades durability for
speed, and holds no connection between calls: nothing to inherit at a fork, no handle on a deleted file.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from safelight.errors import CacheError

_BUSY_SECONDS: Final = 10.0
_VARIABLES: Final = 500
_NOT_DAMAGED: Final = ("locked", "readonly", "unable to open", "is full")
"""What SQLite says when the file's content is not at fault (Python names no error codes before 3.11)."""

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS entries (
    name TEXT PRIMARY KEY, size INTEGER NOT NULL, accessed REAL NOT NULL, etag TEXT, md5 BLOB
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS entries_by_access ON entries (accessed);
"""
_VERSION: Final = 1
"""Stored as `user_version` once the index covers the whole tree: 0 in a new file, so a lost index shows."""


class IndexLostError(CacheError):
    """There is no usable index: it is new, was damaged (and is deleted now), or cannot be opened here."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of one cached file.

    Attributes:
        name: path below `media`
        size: length in bytes
        accessed: last use that anybody recorded, in seconds since the epoch
        etag: the object's entity tag when it was downloaded, or None
        md5: its MD5 where the provider vouched for it, or None
    """

    name: str
    size: int
    accessed: float
    etag: str | None = None
    md5: bytes | None = None


class Index:
    """The index of one cache directory.

    Args:
        path: the SQLite file

    Every method raises `IndexLostError` when there is no usable index; `complete` makes a new one.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def record(self, entries: Iterable[Entry]) -> None:
        """Insert or replace entries."""
        with self._connection() as connection:
            _insert(connection, entries)

    def complete(self, entries: Iterable[Entry]) -> None:
        """Record what the whole tree holds, and that this is all. What others recorded meanwhile stays."""
        with self._connection(complete=False) as connection:
            _insert(connection, entries)
            connection.execute(f"PRAGMA user_version = {_VERSION}")

    def forget(self, names: Iterable[str]) -> None:
        """Delete entries."""
        with self._connection() as connection:
            connection.executemany("DELETE FROM entries WHERE name = ?", ((name,) for name in names))

    def totals(self) -> tuple[int, int]:
        """Return the bytes and the number of all files."""
        with self._connection() as connection:
            size, number = connection.execute("SELECT total(size), count(*) FROM entries").fetchone()
        return int(size), int(number)

    def oldest(self, number: int, after: tuple[float, str] = (-1.0, "")) -> list[Entry]:
        """Return entries in order of last access, from the one after (accessed, name) on."""
        with self._connection() as connection:
            rows = connection.execute(
                "SELECT name, size, accessed, etag, md5 FROM entries WHERE (accessed, name) > (?, ?) "
                "ORDER BY accessed, name LIMIT ?",
                (*after, number),
            ).fetchall()
        return [Entry(*row) for row in rows]

    def lookup(self, names: Sequence[str]) -> dict[str, Entry]:
        """Return the entries of files, by name; a file that is not known is left out."""
        found: dict[str, Entry] = {}
        with self._connection() as connection:
            for chunk in _chunks(names):
                marks = ",".join("?" * len(chunk))
                rows = connection.execute(
                    f"SELECT name, size, accessed, etag, md5 FROM entries WHERE name IN ({marks})",  # noqa: S608 - only question marks
                    chunk,
                )
                found.update((row[0], Entry(*row)) for row in rows)
        return found

    def delete(self) -> None:
        """Throw the file away, with what SQLite keeps beside it."""
        for suffix in ("", "-wal", "-shm", "-journal"):
            with suppress(OSError):
                self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)

    @contextmanager
    def _connection(self, *, complete: bool = True) -> Iterator[sqlite3.Connection]:
        connection: sqlite3.Connection | None = None
        try:
            connection = sqlite3.connect(self._path, timeout=_BUSY_SECONDS, isolation_level=None)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = OFF")
            connection.executescript(_SCHEMA)
            connection.execute("BEGIN IMMEDIATE")
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if complete and version != _VERSION:
                raise IndexLostError("the index does not cover the cache yet")
            yield connection
            connection.execute("COMMIT")
        except sqlite3.DatabaseError as error:
            if not any(words in str(error) for words in _NOT_DAMAGED):
                self.delete()
            raise IndexLostError(f"the media cache's index cannot be used: {error}") from error
        finally:
            if connection is not None:
                with suppress(sqlite3.Error):
                    connection.close()


def _insert(connection: sqlite3.Connection, entries: Iterable[Entry]) -> None:
    connection.executemany(
        "INSERT OR REPLACE INTO entries (name, size, accessed, etag, md5) VALUES (?, ?, ?, ?, ?)",
        ((entry.name, entry.size, entry.accessed, entry.etag, entry.md5) for entry in entries),
    )


def _chunks(names: Sequence[str]) -> Iterator[list[str]]:
    iterator = iter(names)
    while chunk := list(islice(iterator, _VARIABLES)):
        yield chunk
