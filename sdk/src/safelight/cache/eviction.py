"""Which files to evict: a pure policy."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence

from safelight.cache.index import Entry


def choose(
    candidates: Iterable[Entry], *, excess: int, used_since: float, protected: Container[str]
) -> Sequence[Entry]:
    """Choose the least recently used files that together have at least `excess` bytes, or all that may go.

    Args:
        candidates: files, in any order
        excess: how many bytes have to go; nothing is chosen for zero or less
        used_since: files used after this time are in use and stay
        protected: names that stay: pinned ones, and ones that are being written
    """
    chosen: list[Entry] = []
    for entry in sorted(candidates, key=lambda entry: (entry.accessed, entry.name)):
        if excess <= 0:
            break
        if entry.accessed <= used_since and entry.name not in protected:
            chosen.append(entry)
            excess -= entry.size
    return chosen
