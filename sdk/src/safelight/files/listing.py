"""Listings that answer `isfile` for a whole import or export, instead of a request per file.

A `Snapshot` lives as long as the `with` block of one import or export, in the thread that runs it. In that
block the first questions about a directory go to the store one by one; from then on the directory is listed
once and answers the rest. What this process itself writes and deletes meanwhile goes into every open
snapshot. Outside a snapshot the store is asked every time, so nobody sees a stale answer who did not ask for
a consistent one.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final
from weakref import WeakKeyDictionary

from safelight.files import paths
from safelight.files.copies import Copies
from safelight.files.read_ahead import ReadAhead

QUESTIONS_BEFORE_LISTING: Final = 3
"""A directory asked about this often is worth a listing."""

LARGEST_LISTING: Final = 100_000
"""Names kept for one directory; a larger one is asked file by file."""


@dataclass(slots=True)
class Names:
    """What lies directly in one directory: file names with their sizes (where known), and directories."""

    files: dict[str, int | None] = field(default_factory=dict)
    directories: set[str] = field(default_factory=set)


class Snapshot:
    """The listings that one import or export has seen, by directory.

    Attributes:
        read_ahead: the label files that it holds
        copies: the documents that it has fetched
    """

    def __init__(self) -> None:
        self._names: dict[str, Names | None] = {}
        self._questions: Counter[str] = Counter()
        self._lock = threading.Lock()
        self.read_ahead = ReadAhead()
        self.copies = Copies()

    def names_in(self, directory: str) -> Names | None:
        """What is known of a directory, or None when nothing is.

        A directory that its listed parent does not name is known to be empty.
        """
        names = self._names.get(_key(directory))
        parent = paths.dirname(_key(directory))
        if names is not None or parent == _key(directory):
            return names
        siblings = self.names_in(parent)
        unnamed = siblings is not None and paths.basename(_key(directory)) not in siblings.directories
        return Names() if unnamed else None

    def worth_listing(self, directory: str) -> bool:
        """Count one more question about a directory; True when it should be listed now."""
        key = _key(directory)
        with self._lock:
            self._questions[key] += 1
            return key not in self._names and self._questions[key] >= QUESTIONS_BEFORE_LISTING

    def store(self, directory: str, names: Names) -> None:
        """Keep a listing, unless it is too large to keep."""
        with self._lock:
            self._names[_key(directory)] = names if len(names.files) <= LARGEST_LISTING else None

    def added(self, path: str, size: int | None) -> None:
        """Note an object that was written."""
        directory, name = paths.split(path)
        self.read_ahead.forget(path)
        self.copies.forget(path)
        with self._lock:
            if names := self._names.get(_key(directory)):
                names.files[name] = size
            self._note_directories(directory)

    def removed(self, path: str) -> None:
        """Note an object that was deleted.

        Directories may have gone with it, so those above it are asked about again.
        """
        directory, name = paths.split(path)
        self.read_ahead.forget(path)
        self.copies.forget(path)
        with self._lock:
            while (parent := paths.dirname(directory)) != directory:
                self._names.pop(_key(parent), None)
                directory = parent
            if names := self._names.get(_key(paths.dirname(path))):
                names.files.pop(name, None)

    def _note_directories(self, directory: str) -> None:
        while (parent := paths.dirname(directory)) != directory:
            if names := self._names.get(_key(parent)):
                names.directories.add(paths.basename(directory))
            directory = parent


class _Scope:
    """One import or export that is under way."""


class _Thread(threading.local):
    scope: _Scope | None = None


_thread: Final = _Thread()


@contextmanager
def one_snapshot() -> Iterator[None]:
    """Answer this thread's questions from one snapshot until the block ends.

    A nested block shares the outer one's. Nothing is listed, and no store is looked for, before there is a
    question about a remote path.
    """
    if _thread.scope is not None:
        yield
        return
    _thread.scope = _Scope()
    try:
        yield
    finally:
        _thread.scope = None


class Snapshots:
    """The open snapshots of this process; each answers the thread that opened its scope."""

    def __init__(self) -> None:
        self._by_scope: WeakKeyDictionary[_Scope, Snapshot] = WeakKeyDictionary()
        self._lock = threading.Lock()

    @property
    def current(self) -> Snapshot | None:
        """The snapshot of the import or export that runs in this thread."""
        scope = _thread.scope
        if scope is None:
            return None
        with self._lock:
            return self._by_scope.setdefault(scope, Snapshot())

    def added(self, path: str, size: int | None) -> None:
        """Tell every open snapshot of an object that was written."""
        for snapshot in self._all():
            snapshot.added(path, size)

    def removed(self, path: str) -> None:
        """Tell every open snapshot of an object that was deleted."""
        for snapshot in self._all():
            snapshot.removed(path)

    def _all(self) -> list[Snapshot]:
        with self._lock:
            return list(self._by_scope.values())


def _key(directory: str) -> str:
    return directory.removesuffix("/")
