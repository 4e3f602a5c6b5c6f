"""Media that stay local, a batch at a time, while somebody goes through their samples."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import TYPE_CHECKING

from safelight.errors import InvalidURIError

if TYPE_CHECKING:  # every `import fiftyone` imports this module: it stays light
    from safelight.cache.media_cache import MediaCache

_active: list[DownloadContext] = []


def active_contexts() -> Sequence[DownloadContext]:
    """The contexts that this process is in, outermost first."""
    return tuple(_active)


@dataclass(frozen=True, slots=True)
class BatchLimit:
    """Where a batch ends; with neither limit it holds everything.

    Attributes:
        samples: at most so many samples
        size: at most about so many bytes, and at least one sample
    """

    samples: int | None = None
    size: int | None = None


class DownloadContext:
    """Downloads the media of samples in batches, shortly before they are used.

    The first batch is downloaded on entry, each other one when the first of its samples is reached, by going
    through the samples or by asking for a file. The files of the running batch are pinned: the cache does not
    evict them.

    Args:
        cache: the media cache
        files: for each sample, by id and in the order of use, its remote files
        limit: where a batch ends
        download: `MediaCache.download` with the caller's arguments bound
        clear: whether to delete all the files from the cache on exit
    """

    def __init__(
        self,
        cache: MediaCache,
        files: Mapping[str, Sequence[str]],
        limit: BatchLimit,
        *,
        download: Callable[[list[str]], object],
        clear: bool = False,
    ) -> None:
        self._cache = cache
        self._files = files
        self._limit = limit
        self._download = download
        self._clear = clear
        self._order = list(files)
        self._position = {sample_id: position for position, sample_id in enumerate(self._order)}
        self._owner = {file: sample_id for sample_id, its_files in files.items() for file in its_files}
        self._pending = set(self._order)
        self._pins = ExitStack()
        # How many samples a batch limited by bytes begins with: one, until the size of a sample is known.
        self._first_chunk = 1
        self._lock = RLock()
        self._pid = os.getpid()

    def __enter__(self) -> DownloadContext:  # noqa: PYI034 - typing.Self came with Python 3.11
        _active.append(self)
        try:
            if self._order:
                self.reach(self._order[0])
        except BaseException:
            self._leave()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave()
        if self._clear and self._owner:
            self._cache.clear(list(self._owner))

    def reach(self, sample_id: str) -> None:
        """Have the media of a sample here: download the batch that it begins, unless it was in one already.

        Raises:
            DownloadError: some files failed, and the context was told not to skip failures
        """
        # A forked worker inherits the context, but neither its pins nor a lock that another thread may hold.
        if sample_id not in self._pending or os.getpid() != self._pid:
            return
        with self._lock:
            if sample_id in self._pending:
                self._pins.close()
                self._fetch(self._following(sample_id))

    def reach_file(self, file: str) -> None:
        """As `reach`, for the sample that a file belongs to; files of no sample are ignored."""
        if file in self._owner:
            self.reach(self._owner[file])

    def _following(self, sample_id: str) -> Iterator[str]:
        """The samples from this one on that were in no batch yet."""
        rest = islice(self._order, self._position[sample_id], None)
        return (other for other in rest if other in self._pending)

    def _fetch(self, samples: Iterator[str]) -> None:
        count = size = 0
        while chunk := list(islice(samples, self._chunk(count, size))):
            count += len(chunk)
            size += self._fetch_chunk(chunk)
        if self._limit.size is not None and size:
            self._first_chunk = max(1, self._limit.size * count // size)

    def _chunk(self, count: int, size: int) -> int | None:
        """How many samples to download next, after `count` with `size` bytes; None for all of them."""
        if self._limit.samples is not None:
            return self._limit.samples - count
        if self._limit.size is None:
            return None
        if not count:
            return self._first_chunk
        left = self._limit.size - size
        return max(0, min(count, left * count // max(size, 1)))

    def _fetch_chunk(self, samples: list[str]) -> int:
        """Pin and download the files of some samples. Returns how many bytes they have."""
        self._pending.difference_update(samples)
        files = [file for sample_id in samples for file in self._files[sample_id]]
        if not files:
            return 0
        self._pins.enter_context(self._cache.pin(files))
        self._download(files)
        return sum(map(self._size, files))

    def _size(self, file: str) -> int:
        try:
            return Path(self._cache.local_path_of(file)).stat().st_size
        except (OSError, InvalidURIError):  # its download failed, and the context skips failures
            return 0

    def _leave(self) -> None:
        _active.remove(self)
        self._pins.close()
