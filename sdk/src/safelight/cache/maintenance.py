"""Putting a cache in order: after a crash, after a power cut, or because somebody asks."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from safelight.cache.leases import Leases
from safelight.cache.ledger import Ledger
from safelight.cache.tree import Tree, is_temporary, token_of

_ABANDONED_SECONDS: Final = 3600.0
_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Damage:
    """A cached file that is not what was downloaded.

    Attributes:
        path: the file
        reason: what is wrong with it
    """

    path: str
    reason: str


def recover(tree: Tree, ledger: Ledger, leases: Leases) -> int:
    """Clean up after processes that were killed: sweep their temporary files, complete the index.

    Costs one look at the leases when there is nothing to do. Returns how many files were swept.
    """
    dead = leases.survey().dead
    if not dead:
        return 0
    swept = sweep(tree, leases)
    ledger.reconcile()
    for token in dead:
        leases.bury(token)
    return swept


def sweep(tree: Tree, leases: Leases) -> int:
    """Delete temporary files that no living process will finish. Returns how many."""
    survey = leases.survey()
    swept = 0
    for found in tree.scan():
        if not is_temporary(found.name) or token_of(found.name) in survey.living:
            continue
        path = Path(tree.media_dir, found.name)
        with suppress(OSError):
            # Without a lease its process may be one that keeps none: wait until it cannot be at work any
            # more.
            if token_of(found.name) in survey.dead or time.time() - path.stat().st_mtime > _ABANDONED_SECONDS:
                path.unlink()
                swept += 1
    return swept


def verify(tree: Tree, ledger: Ledger) -> Iterator[Damage]:
    """Read every cached file and compare it with what is recorded of it. Nothing is changed.

    Files whose provider vouched for no checksum are compared by length.
    """
    recorded = {entry.name: entry for page in ledger.pages() for entry in page}
    for found in tree.scan():
        entry = recorded.get(found.name)
        path = f"{tree.media_dir}/{found.name}"
        if entry is None:
            continue
        if found.size != entry.size:
            yield Damage(path, f"has {found.size} bytes, {entry.size} were downloaded")
        elif entry.md5 is not None and _md5_of(path) != entry.md5:
            yield Damage(path, "its MD5 is not the object's")


def _md5_of(path: str) -> bytes:
    digest = hashlib.md5(usedforsecurity=False)
    with Path(path).open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.digest()
