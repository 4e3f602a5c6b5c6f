"""The parts of a cache that belong to one process, put together."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from safelight.cache.download import Downloader
from safelight.cache.leases import Leases
from safelight.cache.ledger import Ledger
from safelight.cache.maintenance import recover
from safelight.cache.options import CacheOptions
from safelight.cache.space import Space
from safelight.cache.tree import Tree
from safelight.errors import CacheError
from safelight.storage.registry import StoreRegistry

_RECOVERY_SECONDS: Final = 5.0
"""How often one process looks whether another one was killed."""


class Session:
    """One process at work in one cache. A forked child makes its own.

    Args:
        options: the cache's options
        stores: where objects come from
    """

    def __init__(self, options: CacheOptions, stores: StoreRegistry) -> None:
        self.tree = Tree(options.cache_dir)
        self.ledger = Ledger(self.tree, indexed=options.limited)
        self.leases = Leases(options.cache_dir / "leases")
        self.space = Space(options, self.tree, self.ledger, self.leases)
        # Temporary files bear the mark of this process, so that they are known when it was killed.
        self.downloader = Downloader(options, stores, self.tree, self.space, self.leases)
        self._limited = options.limited
        self._lock = threading.Lock()
        self._working = 0
        self._next_recovery = 0.0

    @contextmanager
    def working(self, *, briefly: bool = False) -> Iterator[None]:
        """Be at work in the cache: may write, evict, and leave things to others to clean up when killed.

        Args:
            briefly: one file of many, perhaps: what it leaves to be entered may wait for the next ones

        Raises:
            CacheError: the directory cannot be written
        """
        self._begin()
        try:
            yield
        finally:
            self._end(briefly=briefly)

    @contextmanager
    def pinned(self, names: list[str]) -> Iterator[None]:
        """Keep files, by their paths below `media`, from being evicted by any process."""
        with suppress(OSError):  # where nothing can be written nothing is evicted either
            self.tree.prepare()
        with self._lock:
            self._working += 1
        try:
            with self.leases.pinned(names):
                yield
        finally:
            self._end(briefly=False)

    def finish(self) -> None:
        """Leave nothing to be entered or cleaned up."""
        if self._limited:
            self.space.make_room()
            with self._lock:
                if not self._working and not self.space.unentered:
                    self.leases.release()

    def close(self) -> None:
        """As `finish`, and let go of open files."""
        self.finish()
        self.downloader.close()

    def _begin(self) -> None:
        with self._lock:
            try:
                self.tree.prepare()
                if self._limited:
                    self.leases.hold()
                    self._recover()
            except OSError as error:
                raise CacheError(
                    f"the media cache cannot use {self.tree.cache_dir}: {error.strerror or error}; "
                    "make it writable, or choose another FIFTYONE_MEDIA_CACHE_DIR"
                ) from error
            self._working += 1

    def _recover(self) -> None:
        if time.monotonic() >= self._next_recovery:
            recover(self.tree, self.ledger, self.leases)
            self._next_recovery = time.monotonic() + _RECOVERY_SECONDS

    def _end(self, *, briefly: bool) -> None:
        with self._lock:
            self._working -= 1
        if not briefly:
            self.finish()
