"""Room in the cache: who may write how much, and what has to go for it."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import replace
from typing import Final

from safelight.cache.eviction import choose
from safelight.cache.index import Entry
from safelight.cache.leases import Leases
from safelight.cache.ledger import Ledger
from safelight.cache.options import CacheOptions
from safelight.cache.tree import Tree
from safelight.errors import ObjectTooLargeError

_BATCH: Final = 512
_BATCH_SECONDS: Final = 1.0
_BATCH_SHARE: Final = 50
"""Files are entered in the ledger in batches: so many, so old, or such a fraction of the limit."""

_PATIENCE: Final = 10
"""Looking for something to evict in vain may take one part in so many of the time."""


class Space:
    """Keeps the cache at its size. With an unlimited cache every method returns at once.

    Admission is counted in memory. The ledger is asked when a batch is entered and when the limit seems to be
    reached, so processes that share the cache learn of each other then; meanwhile each may exceed the limit
    by a batch.

    Args:
        options: size, low-water mark and grace time
        tree: the cache's files
        ledger: what the cache holds
        leases: who has pinned what
    """

    def __init__(self, options: CacheOptions, tree: Tree, ledger: Ledger, leases: Leases) -> None:
        self._options = options
        self._limited = options.limited
        self._tree = tree
        self._ledger = ledger
        self._leases = leases
        self._lock = threading.Lock()
        self._work = threading.Lock()
        self._held: int | None = None
        self._reserved = 0
        self._batch: list[Entry] = []
        self._batch_size = 0
        self._batch_due = 0.0
        self._next_attempt = 0.0

    def reserve(self, size: int) -> bool:
        """Reserve room for a file. Returns whether `make_room` should be tried before it is written.

        When everything that is there is in use the file is admitted all the same: a cache that is too small
        for what is used at one time must not stop the work.

        Raises:
            ObjectTooLargeError: the file alone is larger than the cache
        """
        if not self._limited:
            return False
        self.check(size)
        with self._lock:
            self._reserved += size
            fits = self._fits()
        return not fits and time.monotonic() >= self._next_attempt

    def check(self, size: int) -> None:
        """Refuse a file that can never fit.

        Raises:
            ObjectTooLargeError: it is larger than the cache
        """
        limit = self._options.size_bytes
        if self._limited and size > limit:
            raise ObjectTooLargeError(
                f"the object has {size:,} bytes, more than the whole media cache ({limit:,}); "
                "raise FIFTYONE_MEDIA_CACHE_SIZE_BYTES"
            )

    def release(self, size: int) -> None:
        """Give back a reservation, after the file is entered or has failed."""
        if self._limited:
            with self._lock:
                self._reserved -= size

    def enter(self, entry: Entry) -> bool:
        """Count a file that was published. Returns whether `flush` is due."""
        if not self._limited:
            return False
        with self._lock:
            if not self._batch:
                self._batch_due = time.monotonic() + _BATCH_SECONDS
            self._batch.append(entry)
            self._batch_size += entry.size
            self._held = (self._held or 0) + entry.size
            return (
                len(self._batch) >= _BATCH
                or self._batch_size * _BATCH_SHARE >= self._options.size_bytes
                or time.monotonic() >= self._batch_due
            )

    @property
    def unentered(self) -> bool:
        """Whether there are files that the ledger does not know yet."""
        return bool(self._batch)

    def flush(self) -> None:
        """Enter the batch in the ledger, and learn what the others have entered."""
        if not self._limited:
            return
        with self._work:
            self._flush()

    def make_room(self, *, insist: bool = True) -> None:
        """Evict down to the low-water mark when the cache and all reservations together exceed the limit.

        Args:
            insist: False gives up when it was in vain a short time ago
        """
        if not self._limited:
            return
        with self._work:
            if not insist and self._fits():  # somebody else looked, or made room, while we waited
                return
            self._flush()
            wanted = (self._held or 0) + self._reserved
            if wanted <= self._options.size_bytes or (not insist and time.monotonic() < self._next_attempt):
                return
            started = time.monotonic()
            excess = wanted - int(self._options.size_bytes * self._options.low_water)
            freed = self._evict(excess)
            with self._lock:
                self._held = (self._held or 0) - freed
            if freed < excess:  # the rest is in use: do not look at all of it again for every single file
                now = time.monotonic()
                self._next_attempt = now + _PATIENCE * (now - started)

    def _fits(self) -> bool:
        """Whether what is held and reserved is within the limit, as far as is known."""
        return self._held is not None and self._held + self._reserved <= self._options.size_bytes

    def _flush(self) -> None:
        with self._lock:
            batch, self._batch, self._batch_size = self._batch, [], 0
        if batch:
            self._ledger.record(batch)
        held, _ = self._ledger.totals()
        with self._lock:
            self._held = held + self._batch_size

    def _evict(self, excess: int) -> int:
        """Delete at least `excess` bytes if so much may go. Returns how many were deleted."""
        freed = 0
        protected = self._leases.pins()
        # The second round sees the files whose last use only the file system knew in the right order.
        for _ in range(2):
            for page in self._ledger.pages():
                freed += self._evict_from(page, excess - freed, protected)
                if freed >= excess:
                    return freed
        return freed

    def _evict_from(self, page: list[Entry], excess: int, protected: frozenset[str]) -> int:
        used_since = time.time() - self._options.grace_seconds
        idle, used, gone = [], [], []
        for entry in page:
            accessed = self._last_use(entry)
            if accessed is None:
                gone.append(entry.name)
            elif accessed > entry.accessed:
                used.append(replace(entry, accessed=accessed))
            else:
                idle.append(entry)
        freed = 0
        for entry in choose(idle, excess=excess, used_since=used_since, protected=protected):
            size = self._tree.discard(entry.name, unless_used_since=used_since)
            if size is not None:
                freed += size
                gone.append(entry.name)
                self._tree.prune(entry.name)
        if used:
            self._ledger.record(used)
        if gone:
            self._ledger.forget(gone)
        return freed

    def _last_use(self, entry: Entry) -> float | None:
        try:
            status = os.lstat(f"{self._tree.media_dir}/{entry.name}")
        except OSError:
            return None
        return max(status.st_atime, entry.accessed)
