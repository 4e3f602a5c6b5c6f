"""Listings of stores that have folders, as an object store would give them: by any prefix, in key order.

An object store lists what begins with a prefix; a drive or a file server lists one folder at a time. Here the
second becomes the first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from safelight.storage.base import ObjectInfo, Page
from safelight.storage.uri import ObjectURI

_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Entry:
    """What is in a folder.

    Attributes:
        name: its name there
        info: the object; None for a folder
    """

    name: str
    info: ObjectInfo | None


Children = Callable[[ObjectURI], Iterable[Entry]]
"""Lists one folder, given without a slash at its end; nothing where there is no such folder."""


def pages_below(prefix: ObjectURI, children: Children, *, recursive: bool) -> Iterator[Page]:
    """Page through the objects whose key starts with `prefix.key`.

    Args:
        prefix: what keys start with; it need not end at a slash
        children: lists one folder
        recursive: whether to go into folders, or to name them
    """
    entries = _entries(prefix, children)
    if not recursive:
        objects = [info for _, info in entries if info]
        yield Page(tuple(objects), tuple(prefix.with_key(key) for key, info in entries if info is None))
        return
    batch: list[ObjectInfo] = []
    for info in _descend(prefix, entries, children):
        batch.append(info)
        if len(batch) == _PAGE:
            yield Page(tuple(batch))
            batch.clear()
    if batch:
        yield Page(tuple(batch))


def _descend(
    prefix: ObjectURI, entries: list[tuple[str, ObjectInfo | None]], children: Children
) -> Iterator[ObjectInfo]:
    for key, info in entries:
        if info:
            yield info
        else:
            yield from _descend(prefix, _entries(prefix.with_key(key), children), children)


def _entries(prefix: ObjectURI, children: Children) -> list[tuple[str, ObjectInfo | None]]:
    """What begins with the prefix, down to the next slash, by key; folders end with their slash."""
    folder, slash, start = prefix.key.rpartition("/")
    found = [
        (f"{folder}{slash}{entry.name}" + ("" if entry.info else "/"), entry.info)
        for entry in children(prefix.with_key(folder))
        if entry.name.startswith(start)
    ]
    return sorted(found, key=lambda each: each[0])
