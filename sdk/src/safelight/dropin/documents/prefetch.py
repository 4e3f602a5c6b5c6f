"""Documents that are about to be read one by one, read in a few queries.

Upstream keeps every `Sample` and `Frame` object that a script holds up to date: after a bulk write it reloads
each with a query of its own. Its code stays in charge of which objects are reloaded, in which order, and of
what happens to those that are gone; here the answers to its queries are ready before it asks.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

Document = dict[str, Any]
Fetch = Callable[[Sequence[Any]], Mapping[Any, Document]]
"""Gets keys, returns the documents that exist, as they are in the database."""

BATCH: Final = 1000
"""Documents that are read at a time, and wait in memory."""

_current = threading.local()


class Prefetch:
    """The documents of one collection that are about to be asked for.

    Args:
        keys: in the order in which they will be asked for
        fetch: reads a batch of them
    """

    def __init__(self, keys: Sequence[Hashable], fetch: Fetch) -> None:
        self._keys = keys
        self._fetch = fetch
        self._positions = {key: position for position, key in enumerate(keys)}
        self._waiting: dict[Any, Document] = {}
        self._read: set[Hashable] = set()

    def take(self, key: Hashable) -> Document | None:
        """A document, which the caller may change; None when the caller has to ask the database itself.

        That is so for keys that were not announced, for those that are asked for again, and for documents
        that do not exist: what then happens is upstream's business.
        """
        if key not in self._positions:
            return None
        if key not in self._read:
            position = self._positions[key]
            # Asked for in another order than announced, documents wait longer; none is ever read twice.
            batch = [each for each in self._keys[position : position + BATCH] if each not in self._read]
            self._read.update(batch)
            self._waiting.update(self._fetch(batch))
        return self._waiting.pop(key, None)


@contextmanager
def prefetching(collection: str, keys: Sequence[Hashable], fetch: Fetch) -> Iterator[None]:
    """Inside of this context, in this thread, `taken` finds the documents of a collection.

    One document alone is left to upstream: it takes one query either way.
    """
    if len(keys) < 2:  # noqa: PLR2004 - see above
        yield
        return
    before = _contexts()
    _current.contexts = {**before, collection: Prefetch(keys, fetch)}
    try:
        yield
    finally:
        _current.contexts = before


def taken(collection: str, key: Hashable) -> Document | None:
    """The document, if it was fetched before; see `Prefetch.take`."""
    prefetch = _contexts().get(collection)
    return None if prefetch is None else prefetch.take(key)


def _contexts() -> dict[str, Prefetch]:
    contexts: dict[str, Prefetch] = getattr(_current, "contexts", {})
    return contexts
