"""Label files read ahead: an import opens them one by one, while a store answers many at a time.

From the third document that is read from a directory on, the next ones of the same kind are fetched
together and held for the import.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from safelight.files import paths

READS_BEFORE_FETCHING: Final = 3
"""A directory from which so many documents were read has probably more to come."""

BATCH_COUNT: Final = 256
BATCH_BYTES: Final = 16 << 20
LARGEST_DOCUMENT: Final = 1 << 20
"""A larger document is worth a request of its own."""

HELD_BYTES: Final = 64 << 20
"""Memory for documents; beyond it the oldest are given up, which most likely have been read."""


class ReadAhead:
    """The documents that one import holds."""

    def __init__(self) -> None:
        self._held: dict[str, bytes] = {}
        self._bytes = 0
        self._reads: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    def get(self, path: str) -> bytes | None:
        """A document, if it is held."""
        with self._lock:
            return self._held.get(path)

    def forget(self, path: str) -> None:
        """Give up a document, which has changed."""
        with self._lock:
            self._bytes -= len(self._held.pop(path, b""))

    def is_worth_fetching(self, path: str) -> bool:
        """Count one more document that was not held; True when its neighbours should be fetched with it."""
        key = paths.dirname(path), paths.splitext(path)[1]
        with self._lock:
            self._reads[key] += 1
            return self._reads[key] >= READS_BEFORE_FETCHING

    def hold(self, path: str, data: bytes) -> None:
        """Keep a document until there is no room."""
        self.forget(path)
        with self._lock:
            self._held[path] = data
            self._bytes += len(data)
            while self._bytes > HELD_BYTES:
                oldest = next(iter(self._held))
                self._bytes -= len(self._held.pop(oldest))


def neighbours(path: str, sizes: Mapping[str, int | None]) -> list[str]:
    """Which documents to fetch with one that is asked for: those that follow it, itself first.

    Args:
        path: the document
        sizes: of all files of its directory, by name

    Returns:
        paths; none when the document is not among the files, or too large
    """
    directory, wanted = paths.split(path)
    suffix = paths.splitext(path)[1]
    names = sorted(name for name in sizes if paths.splitext(name)[1] == suffix)
    chosen: list[str] = []
    room = BATCH_BYTES
    for name in _from(names, wanted):
        size = sizes[name]
        if size is not None and size <= LARGEST_DOCUMENT:
            room -= size
            if room < 0 or len(chosen) == BATCH_COUNT:
                break
            chosen.append(paths.join(directory, name))
    return chosen if chosen[:1] == [path] else []


def _from(names: list[str], first: str) -> Iterable[str]:
    return names[bisect_left(names, first) :]
