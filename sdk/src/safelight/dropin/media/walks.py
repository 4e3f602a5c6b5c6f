"""Loops over samples: which media a loop that reads some will read next.

A loop that never touches media costs a counter. The first file that it has to wait for tells which field it
reads; from there on that field's files are brought ahead (`safelight.cache.prefetch`), page by page.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from safelight.dropin.media.paths import flatten, resolve_fields
from safelight.storage.uri import is_remote

if TYPE_CHECKING:  # every `import fiftyone` imports this module: it stays light
    from safelight.cache.prefetch import Prefetcher

_LOOK_BACK: Final = 512
"""A batch is read after its last sample was reached, so what is read may lie so far back."""

_LARGEST_PAGE: Final = 16_384
"""Samples whose paths one query asks for: twice as many with each page, so that long views are run seldom."""

_ATTEMPTS: Final = 4
"""So often one loop is asked whether it is the one that reads a file."""


class Walk:
    """One running loop.

    Args:
        collection: the dataset or view that it goes through

    Attributes:
        position: how many samples it has reached
    """

    def __init__(self, collection: Any) -> None:
        self.position = 0
        self.fields: set[str] = set()
        self._collection = collection
        self._pid = os.getpid()
        self._attempts = 0
        self._searching = False

    @property
    def exhausted(self) -> bool:
        """Whether it was asked often enough, or goes on in the process that this one was forked from."""
        return self._attempts >= _ATTEMPTS or self._pid != os.getpid()

    def search(self) -> bool:
        """Begin to search for a file, with `pages_after`; not while another search is under way."""
        if self._searching:
            return False
        self._searching = True
        self._attempts += 1
        return True

    def pages_after(self, path: str) -> Iterator[Sequence[str]]:
        """What comes after a file that was just asked for; nothing when it is not of this loop."""
        try:
            start, found = self._search(path)
        finally:
            self._searching = False
        if found is None:
            return
        field, page = found
        self.fields.add(field)
        count = 2 * _LOOK_BACK
        while True:
            yield page
            start += count
            count = min(2 * count, _LARGEST_PAGE)
            (values,) = self._values([field], start, count)
            if not values:
                return
            page = _remote(values)

    def _search(self, path: str) -> tuple[int, tuple[str, list[str]] | None]:
        """Where the page with a file begins, which field holds it, and what stands behind it there."""
        start = max(0, self.position - _LOOK_BACK)
        fields = [field for field in resolve_fields(self._collection, None) if field not in self.fields]
        if not fields:
            return start, None
        for field, values in zip(fields, self._values(fields, start, 2 * _LOOK_BACK), strict=True):
            page = _remote(values)
            if path in page:
                return start, (field, page[page.index(path) + 1 :])
        return start, None

    def _values(self, fields: list[str], start: int, count: int) -> list[list[Any]]:
        values: list[list[Any]] = self._collection.skip(start).limit(count).values(fields)
        return values


_walks: Final[list[Walk]] = []
"""The loops of this process, the innermost last."""


def walking(collection: Any, samples: Iterator[Any]) -> Iterator[Any]:
    """Go through samples, and let it be known."""
    walk = Walk(collection)
    _walks.append(walk)
    try:
        for sample in samples:
            walk.position += 1
            yield sample
    finally:
        _walks.remove(walk)
        if walk.fields:
            _leave(walk)


def look_ahead(prefetcher: Prefetcher, path: str) -> None:
    """Have what comes next brought, now that somebody waits for a file that nothing had announced."""
    if not prefetcher.enabled:
        return
    walk = next((walk for walk in reversed(_walks) if not walk.exhausted), None)
    if walk is not None and walk.search():
        prefetcher.follow((walk, len(walk.fields)), walk.pages_after(path))


def _leave(walk: Walk) -> None:
    from safelight.runtime import get_runtime

    for number in range(len(walk.fields)):
        get_runtime().prefetcher.leave((walk, number))


def _remote(values: Any) -> list[str]:
    return [path for path in flatten(values) if is_remote(path)]
