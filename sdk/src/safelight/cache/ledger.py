"""What the cache holds: from the index when there is one, else from the tree itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Final, TypeVar

from safelight.cache.index import Entry, Index, IndexLostError
from safelight.cache.locks import locks_lie
from safelight.cache.marks import Mark, read_mark
from safelight.cache.tree import Found, Tree, is_temporary

_PAGE: Final = 1000

T = TypeVar("T")
U = TypeVar("U")


class Ledger:
    """The one answer to "what is in the cache?".

    A lost index is rebuilt from the tree and asked again. Where there can be none (a directory that cannot be
    written, a file system whose locks lie, on which SQLite would damage its file), each question walks the
    tree.

    Args:
        tree: the cache's files
        indexed: False never makes an index
    """

    def __init__(self, tree: Tree, *, indexed: bool = True) -> None:
        self._tree = tree
        self._index = Index(tree.cache_dir / "index.sqlite3")
        self._usable = None if indexed else False
        self._lock = threading.Lock()

    def record(self, entries: Sequence[Entry]) -> None:
        """Remember files that were published."""
        self._ask(lambda index: index.record(entries), lambda: None)

    def forget(self, names: Sequence[str]) -> None:
        """Strike files that are gone."""
        self._ask(lambda index: index.forget(names), lambda: None)

    def totals(self) -> tuple[int, int]:
        """Return the bytes and the number of all files."""
        return self._ask(lambda index: index.totals(), self._count_tree)

    def lookup(self, names: Sequence[str]) -> dict[str, Entry]:
        """Return what is known of files, by name."""
        return self._ask(lambda index: index.lookup(names), lambda: self._read_marks(names))

    def pages(self) -> Iterator[list[Entry]]:
        """Yield all files, least recently used first as far as is known, some at a time."""
        after = (-1.0, "")
        while True:
            page = self._ask(partial(Index.oldest, number=_PAGE, after=after), lambda: None)
            if page is None:
                yield sorted(self.walk(), key=lambda entry: entry.accessed)
                return
            if not page:
                return
            yield page
            after = (page[-1].accessed, page[-1].name)

    def walk(self) -> Iterator[Entry]:
        """Yield every file of ours that the tree holds."""
        marked = self._tree.marks_files
        for found in self._tree.scan():
            mark = None if is_temporary(found.name) else read_mark(f"{self._tree.media_dir}/{found.name}")
            if _is_ours(found, mark, marked=marked):
                yield _entry(found, mark)

    def reconcile(self) -> None:
        """Make the index agree with the tree: add what it does not know, strike what is gone."""
        seen = {entry.name: entry for entry in self.walk()}
        known = {entry.name for page in self.pages() for entry in page}
        self.record([entry for name, entry in seen.items() if name not in known])
        self.forget([name for name in known if name not in seen])

    def _ask(self, question: Callable[[Index], T], otherwise: Callable[[], U]) -> T | U:
        if not self._has_index():
            return otherwise()
        try:
            return question(self._index)
        except IndexLostError:
            with self._lock:
                return self._rebuild_and_ask(question, otherwise)

    def _rebuild_and_ask(self, question: Callable[[Index], T], otherwise: Callable[[], U]) -> T | U:
        try:
            self._index.complete(self.walk())
            return question(self._index)
        except IndexLostError:
            return otherwise()

    def _has_index(self) -> bool:
        if self._usable is None:
            try:
                self._usable = not locks_lie(self._tree.cache_dir / "locks.probe")
            except OSError:
                self._usable = False
        return self._usable

    def _count_tree(self) -> tuple[int, int]:
        sizes = [entry.size for entry in self.walk()]
        return sum(sizes), len(sizes)

    def _read_marks(self, names: Sequence[str]) -> dict[str, Entry]:
        marks = ((name, read_mark(f"{self._tree.media_dir}/{name}")) for name in names)
        return {name: Entry(name, mark.size, 0.0, mark.etag, mark.md5) for name, mark in marks if mark}


def _is_ours(found: Found, mark: Mark | None, *, marked: bool) -> bool:
    """Whether we wrote a file: it bears our mark, or marks do not exist on its file system."""
    if is_temporary(found.name) or not found.name.isprintable() or found.name.count("/") < 2:  # noqa: PLR2004 - provider/bucket/key
        return False
    return mark is not None or not marked


def _entry(found: Found, mark: Mark | None) -> Entry:
    entry = Entry(found.name, found.size, found.accessed)
    return replace(entry, etag=mark.etag, md5=mark.md5) if mark else entry
